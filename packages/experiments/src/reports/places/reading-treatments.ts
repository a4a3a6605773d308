import { comparePaired, mean, median } from '../../stats/index.js';
import type { Treatments } from '../../types.js';
import { capital, count, entropyText, fixed, listing, signed, significant } from '../format.js';
import type { Metric } from '../metrics.js';
import { ALPHA, type CellSummary, metricOf, TIE } from '../summary.js';
import { DIRECTION_RULE, directionAgreement, firstFew } from './agreement.js';
import type { PlacesSummary } from './summary.js';
import { type HostInPlace, hostsInPlaces, stepOf, treatmentLabel } from './treatments.js';
import { LESS, likeControl, MUCH_FLATTER, type Verdict, verdictOf } from './verdict.js';

const nameOf = ({ host, place }: HostInPlace): string => `${host} (${place.name})`;

/** What the treatments give, against the host alone and against the control. */
export function treatmentScores(summary: PlacesSummary, treatments: Treatments): string[] {
  const all = hostsInPlaces(summary, treatments);
  return summary.metrics.flatMap((metric) => {
    const steps = [...treatments.steps.slice(1), treatments.control];
    const gains = steps.flatMap((treatment) => {
      const text = gainText(all, treatments, treatment, metric);
      return text ? [text] : [];
    });
    const beyond = beyondText(all, treatments, metric);
    return [
      ...(gains.length > 0 ? [`Against the host alone, in ${metric.label}: ${gains.join('; ')}.`] : []),
      ...beyond,
    ];
  });
}

interface Difference {
  readonly each: HostInPlace;
  readonly difference: number;
  readonly clear: boolean;
}

function differences(
  all: readonly HostInPlace[],
  of: (each: HostInPlace) => CellSummary | undefined,
  to: (each: HostInPlace) => CellSummary | undefined,
  metric: Metric,
): Difference[] {
  return all.flatMap((each) => {
    const [a, b] = [of(each), to(each)];
    const test = a && b && comparePaired(metricOf(a, metric).values, metricOf(b, metric).values);
    if (!test || test.mean === null) return [];
    return [{ each, difference: test.mean, clear: test.p !== null && test.p < ALPHA }];
  });
}

function cellOf(each: HostInPlace, treatments: Treatments, treatment: string): CellSummary | undefined {
  return treatment === treatments.control ? each.control : stepOf(each, treatment);
}

function gainText(
  all: readonly HostInPlace[],
  treatments: Treatments,
  treatment: string,
  metric: Metric,
): string | null {
  const found = differences(
    all,
    (each) => cellOf(each, treatments, treatment),
    (each) => stepOf(each, treatments.steps[0]!),
    metric,
  );
  if (found.length === 0) return null;
  const up = found.filter(({ difference }) => difference >= TIE).length;
  return `${treatmentLabel(treatment)} ${signed(mean(found.map(({ difference }) => difference)))} in the mean, higher in ${up} of ${count(found.length, 'pair')} of host and cohort`;
}

/** The last treatment against the control: what the anchor adds over plain flattening. */
function beyondText(all: readonly HostInPlace[], treatments: Treatments, metric: Metric): string[] {
  const last = treatments.steps.at(-1)!;
  const found = differences(
    all,
    (each) => stepOf(each, last),
    (each) => each.control,
    metric,
  );
  if (found.length === 0) return [];
  const average = mean(found.map(({ difference }) => difference));
  const up = found.filter(({ difference }) => difference >= TIE).length;
  const clear = found.filter((entry) => entry.clear);
  const tested = found.some(({ each }) => (stepOf(each, last)?.finished.length ?? 0) > 1);
  const told = !tested
    ? 'one run each, so nothing can be told from noise'
    : clear.length === 0
      ? `none of the ${found.length} differences is beyond noise (paired t-test, not adjusted)`
      : `beyond noise (paired t-test, not adjusted for ${found.length} tests): ${listing(clear.map(({ each, difference }) => `${nameOf(each)} ${signed(difference)}`))}`;
  return [
    `${treatmentLabel(last)} against the uniform target, in ${metric.label}: ${signed(average)} in the mean, higher in ${up} of ${count(found.length, 'pair')}; ${told}. This is what the anchor adds over plain flattening.`,
  ];
}

/** Where the paper's directions hold and where they turn. */
export function treatmentsBesidePaper(summary: PlacesSummary, treatments: Treatments): string[] {
  const all = hostsInPlaces(summary, treatments);
  const [none, ...steps] = treatments.steps;
  return summary.metrics.flatMap((metric) => {
    let comparable = 0;
    const turned: { here: number; text: string }[] = [];
    for (const treatment of steps) {
      const found = differences(
        all,
        (each) => stepOf(each, treatment),
        (each) => stepOf(each, none!),
        metric,
      );
      for (const { each, difference } of found) {
        const there = paperDifference(each, stepOf(each, treatment)!, stepOf(each, none!)!, metric);
        if (there === null || Math.abs(there) < TIE || Math.abs(difference) < TIE) continue;
        comparable += 1;
        if (there > 0 !== difference > 0)
          turned.push({
            here: difference,
            text: `${nameOf(each)} with ${treatmentLabel(treatment)} ${signed(difference)} here, ${signed(there)} there`,
          });
      }
    }
    if (comparable === 0) return [];
    const same = comparable - turned.length;
    const start = `${capital(metric.label)}: of ${count(comparable, 'difference')} to the host alone that have a direction in the paper too, ${count(same, 'goes', 'go')} its way, which ${directionAgreement(same, comparable)} (${DIRECTION_RULE})`;
    const ways = [...turned].sort((a, b) => Math.abs(b.here) - Math.abs(a.here)).map(({ text }) => text);
    return [
      ways.length === 0
        ? `${start}; none goes the other way.`
        : `${start}. The other way than the paper, the largest first: ${firstFew(ways, 'smaller')}.`,
    ];
  });
}

function paperDifference(each: HostInPlace, a: CellSummary, b: CellSummary, metric: Metric): number | null {
  for (const dataset of each.place.summary.datasets) {
    const [x, y] = [metricOf(a, metric).paper[dataset], metricOf(b, metric).paper[dataset]];
    if (x && y) return x.mean - y.mean;
  }
  return null;
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  'flat before': 'attention is almost flat already without it, so a low JSD says nothing',
  'moves as much': `attention moves as much as before (JSD at least ${LESS} of the host’s)`,
  flattened: `attention moves less because it has become flat (less than ${MUCH_FLATTER} of the concentration, 1 − entropy / ln N, is left)`,
  steadied: 'attention moves less and is about as concentrated as before: this is stability',
};

/** For every treatment which of the two happened, stability or flatness, from the numbers. */
export function treatmentAttention(summary: PlacesSummary, treatments: Treatments): string[] {
  const all = hostsInPlaces(summary, treatments);
  const [none, ...steps] = treatments.steps;
  const paragraphs = [...steps, treatments.control].flatMap((treatment) => {
    const told = all.flatMap((each) => {
      const [alone, treated] = [
        stepOf(each, none!)?.attention ?? null,
        cellOf(each, treatments, treatment)?.attention ?? null,
      ];
      const verdict = verdictOf(alone, treated);
      return verdict ? [{ each, verdict, alone: alone!, treated: treated! }] : [];
    });
    if (told.length === 0) return [];
    const clauses = (Object.keys(VERDICTS) as Verdict[]).flatMap((verdict) => {
      const those = told.filter((entry) => entry.verdict === verdict);
      return those.length === 0
        ? []
        : [
            `in ${those.length} of ${told.length} ${VERDICTS[verdict]}: ${listing(those.map(({ each }) => nameOf(each)))}`,
          ];
    });
    const jsd = median(told.map(({ alone, treated }) => treated.jsd! / alone.jsd!));
    const found = told.filter(({ alone, treated }) => alone.instanceAuc !== null && treated.instanceAuc !== null);
    const auc =
      found.length === 0
        ? ''
        : ` Instance AUC, attention against the labelled tiles, goes from ${fixed(mean(found.map(({ alone }) => alone.instanceAuc!)))} to ${fixed(mean(found.map(({ treated }) => treated.instanceAuc!)))} in the mean.`;
    const name =
      treatment === treatments.control ? 'The uniform target (control)' : `With ${treatmentLabel(treatment)}`;
    const entropy = `entropy / ln N goes from ${entropyText(mean(told.map(({ alone }) => alone.entropy)))} to ${entropyText(mean(told.map(({ treated }) => treated.entropy)))} in the mean`;
    return [
      `${name}: JSD is ${significant(jsd)} times the host’s (median), ${entropy}. Of ${count(told.length, 'pair')} of host and cohort, ${clauses.join('; ')}.${auc}`,
    ];
  });
  const last = treatments.steps.at(-1)!;
  const like = all.flatMap((each) => {
    const same = likeControl(stepOf(each, last)?.attention ?? null, each.control?.attention ?? null);
    return same === null ? [] : [{ each, same }];
  });
  if (like.length === 0) return paragraphs;
  const flat = like.filter(({ same }) => same);
  return [
    ...paragraphs,
    `${treatmentLabel(last)} leaves attention as flat as the uniform target does (at most twice its concentration) in ${flat.length} of ${count(like.length, 'pair')}${flat.length === 0 ? '' : `: ${listing(flat.map(({ each }) => nameOf(each)))}`}.`,
  ];
}
