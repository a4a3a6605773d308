import { paperTable } from '../../paper/tables.js';
import { mean, ranksOf } from '../../stats/index.js';
import { count, fixed, listing, signed } from '../format.js';
import { METRICS } from '../metrics.js';
import { ALPHA, metricOf, TIE } from '../summary.js';
import { HEIGHT_RULE, heightAgreement } from './agreement.js';
import { binomialStd, noiseIn } from './noise.js';
import { cellIn, meanIn, type PlaceSummary, type PlacesSummary } from './summary.js';
import { datasetOf } from './tracks.js';
import { samePlaces } from './wording.js';

/* Sentences on repeated cross-validation on the classic sets. */

const ACCURACY = METRICS.find(({ id }) => id === 'accuracy')!;

/** The reference against its controls: what the anchor gives, and what of that plain flattening gives too. */
export function controlText(summary: PlacesSummary): string | null {
  const reference = summary.cells.find((cell) => cell.reference);
  const parts = summary.cells
    .filter(({ control }) => control)
    .flatMap(({ key, label }) => {
      const each = summary.places.flatMap((place) => {
        const cell = cellIn(place, key);
        const comparison = cell && metricOf(cell, ACCURACY).comparison;
        return comparison?.mean == null ? [] : [{ name: place.name, ...comparison, mean: comparison.mean }];
      });
      if (each.length === 0) return [];
      const up = each.filter((own) => -own.mean >= TIE).length;
      const clear = each.filter(({ pHolm }) => pHolm !== null && pHolm < ALPHA);
      const told =
        clear.length === 0
          ? 'nowhere beyond noise'
          : `beyond noise on ${listing(clear.map((own) => `${own.name} (${signed(-own.mean)})`))}`;
      return [
        `against “${label}” ${signed(-mean(each.map((own) => own.mean))!)} in the mean, higher on ${up} of ${count(each.length, 'set')}, ${told}`,
      ];
    });
  if (!reference || parts.length === 0) return null;
  return `What the anchor gives ${reference.label}, in accuracy: ${parts.join('; ')}. The uniform target knows nothing of the instances; what the anchor gives beyond it is the anchor’s.`;
}

/** The paper's heights beside ours, where both are of the same data set. */
export function heightText(summary: PlacesSummary): string | null {
  if (!samePlaces(summary)) return null;
  const parts = summary.places.flatMap((place) => {
    const both = besidePaper(place, summary);
    const n = noiseIn(place, ACCURACY)?.bags;
    if (both.length === 0 || n === undefined) return [];
    const within = both.filter(({ here, paper }) => Math.abs(here - paper) <= 2 * binomialStd(here, n)).length;
    const difference = signed(mean(both.map(({ here, paper }) => here - paper)));
    return [
      `${datasetOf(place)} ${heightAgreement(within, both.length)} (${within} of ${both.length} methods within, ${difference} in the mean)`,
    ];
  });
  return parts.length === 0
    ? null
    : `Heights of the accuracies against the paper’s (${HEIGHT_RULE}): ${parts.join('; ')}.`;
}

/** Sizes against the paper's Table 15. */
export function sizesText({ results }: PlacesSummary): string | null {
  const rows = paperTable(15).rows;
  const each = results.places.flatMap(({ cohort }, i) => {
    const dataset = datasetName(results.places[i]!);
    const row = rows.find((candidate) => candidate.dataset === dataset);
    return row ? [{ dataset, bags: cohort.bags - Number(row.bags), width: cohort.dim - Number(row.dim) }] : [];
  });
  if (each.length === 0) return null;
  const names = listing(each.map(({ dataset }) => dataset));
  if (each.every(({ bags, width }) => bags === 0 && width === 0))
    return `Bags and features of ${names} are as many as in the paper’s Table 15.`;
  if (each.every(({ bags, width }) => bags === 0 && width === 1))
    return `${names} have the bags of the paper’s Table 15 and one feature more than it lists: the label column.`;
  const other = each.filter(({ bags, width }) => bags !== 0 || width !== 0);
  return `Against the paper’s Table 15: ${other.map(({ dataset, bags, width }) => `${dataset} ${signed(bags, 0)} bags and ${signed(width, 0)} features`).join('; ')}.`;
}

const datasetName = (place: PlacesSummary['results']['places'][number]): string =>
  datasetOf({ name: '', summary: { results: place } as PlaceSummary['summary'] });

/** How far the choice of the epoch on the test fold lifts the numbers. */
export function epochChoiceText(summary: PlacesSummary): string | null {
  const parts = summary.places.flatMap((place) => {
    const gains = summary.cells.flatMap(({ key }) => {
      const choice = choiceIn(place, key);
      return choice ? [choice.best - choice.last] : [];
    });
    return gains.length === 0 ? [] : [`${datasetOf(place)} ${signed(mean(gains))}`];
  });
  if (parts.length === 0) return null;
  return `The best epoch on the test fold instead of the last lifts accuracy by, mean of all rows: ${parts.join(', ')}. That is the choice’s doing, not the methods’.${choiceRankText(summary)}`;
}

/** Mean accuracies at the epoch that is best on each test fold, and at the last. */
interface Choice {
  readonly best: number;
  readonly last: number;
}

function choiceIn(place: PlaceSummary, key: string): Choice | null {
  const cell = cellIn(place, key);
  const [best, last] = [cell?.bestOnTest?.mean, cell && metricOf(cell, ACCURACY).last.mean];
  return best == null || last == null ? null : { best, last };
}

/** What the choice does to the reference's place among the methods: it serves most whose test scores move most. */
function choiceRankText(summary: PlacesSummary): string {
  const methods = summary.cells.filter(({ control }) => !control);
  const at = methods.findIndex(({ reference }) => reference);
  const choices = summary.places.map((place) => methods.flatMap(({ key }) => choiceIn(place, key) ?? []));
  if (at < 0 || methods.length < 2 || choices.some((place) => place.length < methods.length)) return '';
  const rank = (read: (choice: Choice) => number): string =>
    fixed(mean(choices.map((place) => ranksOf(place.map(read))[at]!)), 2);
  const lift = (own: boolean): string =>
    signed(mean(choices.flatMap((p) => p.filter((_, i) => (i === at) === own).map(({ best, last }) => best - last))));
  return ` By the best epoch the average rank of ${methods[at]!.label} is ${rank(({ best }) => best)} of ${methods.length} methods, by the last ${rank(({ last }) => last)}; the choice lifts it by ${lift(true)} in the mean and the others by ${lift(false)}.`;
}

/** How coarse folds are, and which differences chance makes. */
export function noiseText(summary: PlacesSummary): string | null {
  const each = summary.places.flatMap((place) => {
    const noise = noiseIn(place, ACCURACY);
    return noise ? [{ name: datasetOf(place), ...noise }] : [];
  });
  if (each.length === 0) return null;
  const least = Math.min(...each.map((noise) => noise.least));
  const most = Math.max(...each.map((noise) => noise.most));
  const bags = least === most ? count(least, 'bag') : `${least} to ${most} bags`;
  const steps = least === most ? fixed(1 / least) : `${fixed(1 / most)} to ${fixed(1 / least)}`;
  const measured = (value: number | null): string => (value === null ? '' : ` (measured ${fixed(value)})`);
  const folds = each.map(({ name, ofFold, measured: own }) => `${name} ${fixed(ofFold)}${measured(own)}`);
  const runs = each.map(({ name, bags, ofRun }) => `${name} ${fixed(ofRun)} (${bags} bags)`);
  return `A fold tests ${bags}, so its accuracy moves in steps of ${steps}. Binomial noise alone, √(p (1 − p) / n), makes a standard deviation over folds of ${folds.join(', ')}, and of a whole run’s mean of ${runs.join(', ')}. Two methods on the same folds differ by less, as they often fail on the same bags, but differences of 0.02 say nothing on sets of this size.`;
}

/** Means here and in the paper of the methods that have both. */
export function besidePaper(
  place: PlaceSummary,
  { cells }: Pick<PlacesSummary, 'cells'>,
): { key: string; here: number; paper: number }[] {
  return cells.flatMap(({ key }) => {
    const here = meanIn(place, key, ACCURACY);
    const cell = cellIn(place, key);
    const values = cell ? metricOf(cell, ACCURACY).paper : {};
    const paper = place.summary.datasets.map((dataset) => values[dataset]?.mean).find((value) => value !== undefined);
    return here === null || paper === undefined ? [] : [{ key, here, paper }];
  });
}
