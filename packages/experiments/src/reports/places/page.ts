import type { Experiment, Provenance, Results } from '../../types.js';
import { agreementReading, agreementTable } from '../agreement.js';
import { count, listing } from '../format.js';
import { galleryCharts } from '../gallery/index.js';
import type { Gallery } from '../gallery/types.js';
import { commonFacts, divergedLines, type Fact, paragraphs, type ReportPage } from '../page.js';
import { partialText } from '../partial.js';
import type { ReportTable } from '../tables.js';
import { cohortTitle, foldsText, imitatedEncoder, selectionText, sourceText, unbroken } from '../wording.js';
import { placesCharts } from './charts/index.js';
import { differencesTable, epochsTable, noiseTable } from './fold-tables.js';
import { placesReading } from './reading.js';
import { isCrossValidated, type PlacesSummary } from './summary.js';
import { attentionTable, placesTable } from './tables.js';
import { tracksOf } from './tracks.js';
import { anySimulated, deviationText, placesTitle } from './wording.js';

/** Puts the report on several places together. Pure: the same records give the same page. */
export function placesPage(
  summary: PlacesSummary,
  provenance: Provenance,
  notes: string | null,
  galleries: readonly (Gallery | undefined)[] = [],
): ReportPage {
  const { experiment, results, places } = summary;
  const tracks = tracksOf(summary);
  const { charts, leading } = placesCharts(summary);
  const pictures = galleries.flatMap((gallery, i) =>
    gallery
      ? galleryCharts(experiment.gallery ?? [], gallery).map((chart) => ({ ...chart, id: `${chart.id}-${i + 1}` }))
      : [],
  );
  const ordered = [...pictures, ...charts];
  const scores = tracks.flatMap(({ summary: own }) => own.metrics.map((metric) => placesTable(own, metric)));
  // Tracks are told apart by their tables; what sets them side by side is their chart alone.
  const apart = tracks.length > 1 ? [] : places;
  const details = [
    ...tracks.flatMap(({ summary: own }) => foldTables(own)),
    ...apart.flatMap((place) => attentionTable(summary, place) ?? []),
    ...apart.flatMap(({ summary: own }) => agreementTable(own, cohortTitle(own.results.cohort)) ?? []),
  ];
  return {
    title: `${results.title}: ${placesTitle(summary)}`,
    simulated: anySimulated(summary),
    source: sourceText(experiment.paper),
    question: unbroken(experiment.question),
    partial: partialOf(summary),
    facts: facts(summary, provenance),
    tables: [...scores, ...details],
    leading: { tables: scores.length, charts: leading + pictures.length },
    detailHeading: `${isCrossValidated(summary) ? 'Folds, attention' : 'Attention'} and agreement in numbers`,
    charts: ordered.map((chart) => ({ ...chart, caption: unbroken(chart.caption) })),
    reading: [...placesReading(summary), agreementReading(apart.map(({ summary: own }) => own))]
      .filter((section) => section !== null)
      .map(({ heading, paragraphs: lines }) => ({ heading, paragraphs: lines.map(unbroken) })),
    diverged: places.flatMap(({ name, summary: own }) => divergedLines(own).map((line) => `${name}: ${line}`)),
    command: provenance.command,
    notes: paragraphs(notes ?? ''),
  };
}

/** What repeated cross-validation has beside its scores. */
function foldTables(summary: PlacesSummary): ReportTable[] {
  if (!isCrossValidated(summary)) return [];
  return [differencesTable(summary), epochsTable(summary), noiseTable(summary)].filter((table) => table !== null);
}

/** What is missing, place by place where places differ in it. */
function partialOf({ places, experiment, results }: PlacesSummary): string | null {
  const texts = places.map(({ summary }) => partialText(summary));
  if (texts.every((text) => text === null)) return null;
  const runs = results.places.reduce((sum, each) => sum + each.runs.length, 0);
  const planned = results.places.reduce((sum, each) => sum + each.planned, 0);
  const nowhere = experiment.cells.filter(({ key }) =>
    results.places.every(({ cells }) => cells.every((cell) => cell.key !== key)),
  );
  const absent =
    nowhere.length === 0 ? '' : ` Without a run in any place: ${nowhere.map(({ label }) => label).join(', ')}.`;
  return `This report holds ${runs} of ${count(planned, 'planned run')}; the others failed, have not finished, were not asked for, cannot work on the data, or are of models that are not in the registry.${absent} Means are over the runs that are there, and differences over the pairs of which both are.`;
}

function facts(summary: PlacesSummary, provenance: Provenance): Fact[] {
  const { results } = summary;
  return [
    ...results.places.map((place): Fact => {
      const { cohort } = place;
      const encoder = imitatedEncoder(cohort) ? `, encoder ${imitatedEncoder(cohort)}` : '';
      return {
        name: cohort.name,
        value: `${cohortTitle(cohort)}; ${count(cohort.bags, 'bag')} of ${cohort.classes.length} classes, features of ${cohort.dim} numbers, scale ${cohort.options.scale}${encoder}; ${splitsText(place)}; fingerprint ${cohort.fingerprint.slice(0, 16)}`,
      };
    }),
    { name: '±', value: deviationText(summary) },
    ...tracksOf(summary).flatMap(({ name, summary: own }) => {
      const [first] = own.results.places;
      const of = name ? ` (${name})` : '';
      return [
        { name: `Training${of}`, value: trainingText(own.experiment, first!) },
        { name: `Epoch reported${of}`, value: selectionText(first!) },
      ];
    }),
    ...commonFacts(results.engine, provenance),
  ];
}

function splitsText(place: Results): string {
  const { splits, seeds, splitSeed, crossValidation } = place;
  if (!crossValidation) return `splits ${splits.join(', ')} (split seed ${splitSeed}), seeds ${seeds.join(', ')}`;
  return `${foldsText(place)} (${splits[0]} to ${splits.at(-1)}; split seeds from ${splitSeed}), seeds ${seeds.join(', ')}`;
}

function trainingText(experiment: Experiment, { preset, train, track }: Results): string {
  const cells = experiment.places?.find((place) => track !== undefined && place.track?.name === track)?.track?.cells;
  const own = (cells ?? experiment.cells).filter((cell) => cell.train !== undefined);
  const differ = own.map(
    (cell) =>
      `${cell.label} ${Object.entries(cell.train!)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`,
  );
  const same = differ.length === 0 ? 'the same for every method' : `but ${listing(differ)}`;
  return `${preset} preset: ${count(train.epochs, 'epoch')}, ${train.optimiser}, learning rate ${train.lr} (${train.schedule}), weight decay ${train.weightDecay}; ${same}`;
}
