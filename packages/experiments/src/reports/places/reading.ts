import { capital, count, entropyText, fixed, listing, significant } from '../format.js';
import type { ReadingSection } from '../reading.js';
import { FLAT } from '../reading-attention.js';
import { chanceReading } from '../reading-limits.js';
import { isCalibrated } from '../wording.js';
import { layoutOf } from './layout.js';
import { noiseText } from './reading-folds.js';
import { gridReading } from './reading-grid.js';
import { methodScores, methodsBesidePaper } from './reading-methods.js';
import { tracksReading } from './reading-tracks.js';
import { treatmentAttention, treatmentScores, treatmentsBesidePaper } from './reading-treatments.js';
import { isCrossValidated, type PlacesSummary } from './summary.js';
import { datasetOf, tracksOf } from './tracks.js';
import { anySimulated, seedsText } from './wording.js';

/** What the numbers of several places say, in words, with what they do not say beside it. */
export function placesReading(summary: PlacesSummary): ReadingSection[] {
  const { treatments } = summary.experiment;
  if (layoutOf(summary.experiment) === 'grid') {
    return [...gridReading(summary.places), { heading: 'Limits', paragraphs: limits(summary) }];
  }
  const tracks = tracksOf(summary);
  if (tracks.length > 1) {
    return [
      { heading: 'The tracks beside each other', paragraphs: tracksReading(summary) },
      ...tracks.map(({ name, summary: own }) => ({
        heading: `Beside the paper (${name})`,
        paragraphs: methodsBesidePaper(own),
      })),
      { heading: 'Limits', paragraphs: limits(summary) },
    ].filter(({ paragraphs }) => paragraphs.length > 0);
  }
  return [
    { heading: 'Scores', paragraphs: treatments ? treatmentScores(summary, treatments) : methodScores(summary) },
    {
      heading: 'Beside the paper',
      paragraphs: treatments ? treatmentsBesidePaper(summary, treatments) : methodsBesidePaper(summary),
    },
    {
      heading: 'Attention: stable or flat',
      paragraphs: [...(treatments ? treatmentAttention(summary, treatments) : methodAttention(summary))],
    },
    { heading: 'Limits', paragraphs: limits(summary) },
  ].filter(({ paragraphs }) => paragraphs.length > 0);
}

/** For each place: which methods hold still, and whether by flatness. */
function methodAttention(summary: PlacesSummary): string[] {
  return summary.places.flatMap(({ name, summary: { cells } }) => {
    const moving = cells
      .flatMap(({ label, attention }) => (attention?.jsd == null ? [] : [{ label, ...attention, jsd: attention.jsd }]))
      .sort((a, b) => a.jsd - b.jsd);
    const [least] = moving;
    const most = moving.at(-1);
    if (!least || !most || moving.length < 2) return [];
    const one = (m: typeof least): string =>
      `${m.label} (JSD ${significant(m.jsd)} nats, entropy / ln N ${entropyText(m.entropy)})`;
    const flat = moving.filter(({ entropy }) => entropy >= FLAT);
    const steady = moving.slice(0, Math.ceil(moving.length / 3)).filter(({ entropy }) => entropy < FLAT);
    const flatText =
      flat.length === 0
        ? 'No method is almost flat.'
        : `Almost flat (entropy / ln N of ${FLAT} or more), so that a low JSD is no merit: ${listing(flat.map(({ label }) => label))}.`;
    const steadyText =
      steady.length === 0
        ? ' Of the third that moves least every one is flat: here stability is flatness.'
        : ` Among the third that moves least and yet concentrated, which is stability: ${listing(steady.map(({ label }) => label))}.`;
    const finders = moving
      .filter(({ instanceAuc }) => instanceAuc !== null)
      .sort((a, b) => b.instanceAuc! - a.instanceAuc!);
    const found =
      finders.length < 2
        ? ''
        : ` Labelled tiles are found best by ${finders[0]!.label} (instance AUC ${fixed(finders[0]!.instanceAuc)}), worst by ${finders.at(-1)!.label} (${fixed(finders.at(-1)!.instanceAuc)}).`;
    return [
      `${name}: attention moves least with ${one(least)}, most with ${one(most)}. ${flatText}${steadyText}${found}`,
    ];
  });
}

function limits(summary: PlacesSummary): string[] {
  const { results, places } = summary;
  const lines: string[] = [];
  if (anySimulated(summary)) {
    const set = places.some(({ summary: own }) => isCalibrated(own.results.cohort))
      ? ', and their difficulty is set so that plain ABMIL reaches the paper’s AUC'
      : '';
    lines.push(
      `The cohorts are simulated: their bags are made by a program, not from tissue${set}. They show how methods behave under known conditions; heights cannot be set beside the paper’s.`,
    );
  }
  if (isCrossValidated(summary)) {
    return [...lines, ...foldLimits(summary)];
  }
  const sizes = places.map(({ name, summary: own }) => {
    const n = own.cells.flatMap((cell) => cell.finished.flatMap((run) => run.result.selected?.n ?? []));
    return n.length === 0 ? null : `${name} ${Math.min(...n)}`;
  });
  const known = sizes.filter((size) => size !== null);
  if (known.length > 0)
    lines.push(
      `Test bags: ${known.join(', ')}; one bag decided otherwise moves accuracy by one over that number. Each mean is over ${seedsText(summary)}.`,
    );
  const stuck = places.flatMap(({ name, summary: own }) => chanceReading(own).map((text) => `${name}: ${text}`));
  lines.push(...stuck);
  if (results.preset !== 'paper') {
    const [first] = results.places;
    lines.push(
      `This is the ${results.preset} preset, not the paper’s protocol (here ${count(first!.train.epochs, 'epoch')}, ${bagsText(results.places)}). All methods share one set of training settings; none was tuned.`,
    );
  }
  return lines;
}

/** `camelyon16-sim 184 bags, bracs-sim 258 bags`, each cohort once. */
function bagsText(places: PlacesSummary['results']['places']): string {
  const bags = new Map(places.map(({ cohort }) => [cohort.name, count(cohort.bags, 'bag')]));
  return bags.size === 1 ? [...bags.values()].join() : [...bags].map((parts) => parts.join(' ')).join(', ');
}

/** Sets that were drawn from one collection of photographs. */
const SHARING: readonly string[] = ['FOX', 'TIGER', 'ELEPHANT'];

/** The same where every place is repeated cross-validation on the whole of a real set. */
function foldLimits(summary: PlacesSummary): string[] {
  const { results, places } = summary;
  const [first] = results.places;
  const caveats = [...new Set(results.places.flatMap(({ cohort }) => cohort.caveat ?? []))];
  const [track] = tracksOf(summary); // noise is that of fair numbers, which come first
  const noise = noiseText(track!.summary);
  const stuck = places.flatMap(({ name, summary: own }) => chanceReading(own).map((text) => `${name}: ${text}`));
  return [
    ...(noise ? [noise] : []),
    ...(places.filter((place) => SHARING.includes(datasetOf(place))).length > 1
      ? [
          'FOX, TIGER and ELEPHANT share bags (114 between FOX and TIGER, 47 between FOX and ELEPHANT, 58 between TIGER and ELEPHANT), so they are not independent sets, as a test of ranks supposes.',
        ]
      : []),
    ...caveats.map(
      (caveat) => `${capital(caveat)}: those numbers say how much the column gives away, not how good a method is.`,
    ),
    ...stuck,
    results.preset === 'paper'
      ? 'No method was tuned.'
      : `This is the ${results.preset} preset: ${seedsText(summary)}, ${count(first!.train.epochs, 'epoch')}; the protocol has 5 runs of 10 folds of 40 epochs. No method was tuned.`,
  ];
}
