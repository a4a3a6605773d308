import type { Provenance } from '../../types.js';
import { agreementReading, agreementTable } from '../agreement.js';
import { count } from '../format.js';
import { galleryCharts } from '../gallery/index.js';
import type { Gallery } from '../gallery/types.js';
import { commonFacts, divergedLines, type Fact, paragraphs, type ReportPage } from '../page.js';
import { partialText } from '../partial.js';
import { cohortTitle, imitatedEncoder, selectionText, sourceText, unbroken } from '../wording.js';
import { placesCharts } from './charts/index.js';
import { placesReading } from './reading.js';
import type { PlacesSummary } from './summary.js';
import { attentionTable, placesTable } from './tables.js';
import { anySimulated, placesTitle, seedsText } from './wording.js';

/** Puts the report on several places together. Pure: the same records give the same page. */
export function placesPage(
  summary: PlacesSummary,
  provenance: Provenance,
  notes: string | null,
  galleries: readonly (Gallery | undefined)[] = [],
): ReportPage {
  const { experiment, results, metrics, places } = summary;
  const { charts, leading } = placesCharts(summary);
  const pictures = galleries.flatMap((gallery, i) =>
    gallery
      ? galleryCharts(experiment.gallery ?? [], gallery).map((chart) => ({ ...chart, id: `${chart.id}-${i + 1}` }))
      : [],
  );
  const ordered = [...pictures, ...charts];
  const details = [
    ...places.flatMap((place) => attentionTable(summary, place) ?? []),
    ...places.flatMap(({ summary: own, name }) => agreementTable(own, name) ?? []),
  ];
  return {
    title: `${results.title}: ${placesTitle(summary)}`,
    simulated: anySimulated(summary),
    source: sourceText(experiment.paper),
    question: unbroken(experiment.question),
    partial: partialOf(summary),
    facts: facts(summary, provenance),
    tables: [...metrics.map((metric) => placesTable(summary, metric)), ...details],
    leading: { tables: metrics.length, charts: leading + pictures.length },
    detailHeading: 'Attention and agreement in numbers',
    charts: ordered.map((chart) => ({ ...chart, caption: unbroken(chart.caption) })),
    reading: [...placesReading(summary), agreementReading(places.map(({ summary: own }) => own))]
      .filter((section) => section !== null)
      .map(({ heading, paragraphs: lines }) => ({ heading, paragraphs: lines.map(unbroken) })),
    diverged: places.flatMap(({ name, summary: own }) => divergedLines(own).map((line) => `${name}: ${line}`)),
    command: provenance.command,
    notes: paragraphs(notes ?? ''),
  };
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
  const [first] = results.places;
  const { train } = first!;
  return [
    ...results.places.map(({ cohort, splits, seeds, splitSeed }): Fact => {
      const encoder = imitatedEncoder(cohort) ? `, encoder ${imitatedEncoder(cohort)}` : '';
      return {
        name: cohort.name,
        value: `${cohortTitle(cohort)}; ${count(cohort.bags, 'bag')} of ${cohort.classes.length} classes, features of ${cohort.dim} numbers, scale ${cohort.options.scale}${encoder}; splits ${splits.join(', ')} (split seed ${splitSeed}), seeds ${seeds.join(', ')}; fingerprint ${cohort.fingerprint.slice(0, 16)}`,
      };
    }),
    { name: '±', value: `sample standard deviation (divisor n − 1) over ${seedsText(summary)}` },
    {
      name: 'Training',
      value: `${results.preset} preset: ${count(train.epochs, 'epoch')}, ${train.optimiser}, learning rate ${train.lr} (${train.schedule}), weight decay ${train.weightDecay}; the same for every method`,
    },
    { name: 'Epoch reported', value: selectionText(first!) },
    ...commonFacts(results.engine, provenance),
  ];
}
