import type { Experiment, Provenance, Results } from '../types.js';
import { agreementReading, agreementTable } from './agreement.js';
import { type Chart, chartsOf } from './charts/index.js';
import { epochTimeTable } from './epoch-time.js';
import type { Fact } from './fact.js';
import { count, duration } from './format.js';
import { galleryCharts } from './gallery/index.js';
import { type StabilityRow, stabilityReading, stabilityTable } from './gallery/stability.js';
import { stabilityChart } from './gallery/stability-chart.js';
import type { Gallery } from './gallery/types.js';
import { frocCurves, localizationFacts, localizationReading, localizationTables } from './localization/index.js';
import { partialText } from './partial.js';
import { type ReadingSection, readingOf } from './reading.js';
import { type Summary, summarise } from './summary.js';
import { detailHeading, detailTable, type ReportTable, scoreTable } from './tables.js';
import {
  cohortTitle,
  imitatedEncoder,
  selectionText,
  settingName,
  sourceText,
  spreadText,
  unbroken,
} from './wording.js';

export type { Fact };

/** One report as content, before Markdown or HTML. All of it is plain text. */
export interface ReportPage {
  readonly title: string;
  readonly simulated: boolean;
  /** `Table 10 of the paper`. */
  readonly source: string;
  readonly question: string;
  readonly facts: readonly Fact[];
  /** Default: of cohort and protocol. */
  readonly factsHeading?: string;
  /** What is missing of the whole experiment; null if nothing is. */
  readonly partial: string | null;
  readonly tables: readonly ReportTable[];
  /** How many tables and charts stand with the results; the others follow below. Default: one each. */
  readonly leading?: { readonly tables: number; readonly charts: number };
  /** Over the tables that do not lead. */
  readonly detailHeading: string;
  readonly charts: readonly Chart[];
  readonly reading: readonly ReadingSection[];
  /** Diverged runs, a line each. */
  readonly diverged: readonly string[];
  readonly command: string;
  /** Paragraphs of the hand-written `notes.md`. */
  readonly notes: readonly string[];
}

/** Puts a report together. Pure: the same records give the same page. */
export function reportPage(options: {
  readonly experiment: Experiment;
  readonly results: Results;
  readonly provenance: Provenance;
  readonly notes?: string | null;
  readonly gallery?: Gallery | undefined;
  readonly stability?: readonly StabilityRow[] | undefined;
}): ReportPage {
  const { experiment, results, provenance } = options;
  const summary = summarise(experiment, results);
  const { gallery, stability } = options;
  const predicted = stability ? stabilityChart(stability, summary) : null;
  const froc = experiment.localization ? frocCurves(summary) : null;
  const pictures = [
    ...(froc ? [froc] : []),
    ...(gallery ? galleryCharts(experiment.gallery ?? [], gallery) : []),
    ...(predicted ? [predicted] : []),
  ];
  // The scores of a single setting are a number, not a chart.
  const own = chartsOf(summary).filter(
    ({ id }) => id !== 'scores' || pictures.length === 0 || summary.cells.length > 1,
  );
  return {
    title: `${results.title}: ${cohortTitle(results.cohort)}`,
    simulated: results.cohort.simulated,
    source: sourceText(experiment.paper),
    question: unbroken(experiment.question),
    partial: partialText(summary),
    facts: facts(results, provenance, experiment.localization ? localizationFacts(summary) : []),
    tables: [
      scoreTable(summary),
      ...(experiment.localization ? localizationTables(summary) : []),
      stability ? stabilityTable(stability, summary) : null,
      epochTimeTable(summary, provenance),
      detailTable(summary),
      agreementTable(summary),
    ].filter((table) => table !== null),
    detailHeading: experiment.localization ? 'Other ways of counting, last epoch, attention' : detailHeading(results),
    leading: {
      tables: stability || provenance.epochSeconds || froc ? 2 : 1,
      charts: froc ? 2 : Math.max(1, pictures.length),
    },
    charts: [...pictures, ...own].map((chart) => ({ ...chart, caption: unbroken(chart.caption) })),
    reading: [
      ...readingOf(summary, experiment.localization ? [localizationReading(summary)] : []),
      agreementReading([summary]),
      stability ? stabilityReading(stability, summary) : null,
    ]
      .filter((section) => section !== null)
      .map(({ heading, paragraphs }) => ({ heading, paragraphs: paragraphs.map(unbroken) })),
    diverged: divergedLines(summary),
    command: provenance.command,
    notes: paragraphs(options.notes ?? ''),
  };
}

function facts(results: Results, provenance: Provenance, more: readonly Fact[]): Fact[] {
  const { cohort, train } = results;
  const encoder = imitatedEncoder(cohort) ? `, encoder ${imitatedEncoder(cohort)}` : '';
  return [
    { name: 'Cohort', value: `${cohortTitle(cohort)}; ${cohort.provenance}` },
    {
      name: 'Bags',
      value: `${count(cohort.bags, 'bag')} of ${cohort.classes.length} classes (${cohort.classes.join(', ')}), features of ${cohort.dim} numbers, scale ${cohort.options.scale}${encoder}`,
    },
    { name: 'Cohort fingerprint', value: cohort.fingerprint, code: true },
    { name: 'Splits', value: `${results.splits.join(', ')} (split seed ${results.splitSeed})` },
    { name: 'Seeds', value: results.seeds.join(', ') },
    { name: '±', value: spreadText(results) },
    {
      name: 'Training',
      value: `${results.preset} preset: ${count(train.epochs, 'epoch')}, ${train.optimiser}, learning rate ${train.lr} (${train.schedule}), weight decay ${train.weightDecay}`,
    },
    { name: 'Epoch reported', value: selectionText(results) },
    ...more,
    ...commonFacts(results.engine, provenance),
  ];
}

/** What every report says of its scores, machine and code. */
export function commonFacts(engine: string, provenance: Provenance): Fact[] {
  return [
    { name: 'Scores', value: 'macro F1 over all classes, predicted class by argmax; macro AUC one-vs-rest' },
    {
      name: 'Engine',
      value: `${engine} (${provenance.engine}), ${provenance.cpu}, ${count(provenance.workers, 'worker')}, Node ${provenance.node}`,
    },
    {
      name: 'Code',
      value: `suite ${provenance.suite}, commit ${provenance.commit ?? 'unknown (no checkout)'}`,
      code: true,
    },
    { name: 'Written', value: written(provenance) },
  ];
}

function written(provenance: Provenance): string {
  const command = provenance.commandSeconds === null ? '' : `, the command ${duration(provenance.commandSeconds)}`;
  return `${provenance.created}; the runs took ${duration(provenance.runSeconds)} in sum${command}`;
}

export function divergedLines(summary: Summary): string[] {
  return summary.cells.flatMap((cell) =>
    cell.diverged.map((run) => {
      const where = run.result.diverged;
      const at = where ? `: loss ${where.value} at epoch ${where.epoch}, step ${where.step}, bag ${where.bag}` : '';
      return `${settingName(summary, cell)}, split ${run.split}, seed ${run.seed}${at}`;
    }),
  );
}

/** Text between blank lines, each paragraph on one line. */
export function paragraphs(text: string): string[] {
  return text
    .split(/\r?\n\s*\r?\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '');
}
