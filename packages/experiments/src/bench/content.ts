import type { Chart } from '../reports/charts/theme.js';
import { duration } from '../reports/format.js';
import { paragraphs } from '../reports/page.js';
import type { ReportTable } from '../reports/tables.js';
import type { Provenance } from '../types.js';
import { benchCharts } from './charts.js';
import { growthTable, slideGrowthTable, slideTable } from './growth-tables.js';
import { measuredTerms } from './measured.js';
import { peaksOf } from './peaks.js';
import { reading } from './reading.js';
import { detailTable, stepTable } from './tables.js';
import type { BenchResults } from './types.js';

type Term = readonly [name: string, text: string];

/** The report of a benchmark as content, before Markdown or HTML. All of it is plain text. */
export interface BenchContent {
  readonly title: string;
  readonly lead: string;
  /** Paragraphs of the hand-written `notes.md`. */
  readonly notes: readonly string[];
  /** The results in sentences. */
  readonly reading: readonly string[];
  readonly charts: readonly Chart[];
  readonly steps: readonly ReportTable[];
  readonly growth: readonly ReportTable[];
  readonly details: readonly ReportTable[];
  readonly measured: readonly Term[];
  readonly facts: readonly Term[];
  readonly command: string;
}

const LEAD = 'What one training step, one inference and the memory for them cost, by model, engine and size of the bag';

/** Puts a report together. Pure: the same results give the same page. */
export function benchContent(results: BenchResults, provenance: Provenance, notes: string | null): BenchContent {
  const { title, rows, slides } = results;
  return {
    title,
    lead: slides ? `${LEAD}, and an epoch by the number of slides.` : `${LEAD}.`,
    notes: paragraphs(notes ?? ''),
    reading: reading(results),
    charts: benchCharts(results),
    steps: rows.length > 0 ? [stepTable(results)] : [],
    growth: [growthTable(results), slideGrowthTable(results)].filter((table) => table !== null),
    details: [rows.length > 0 ? detailTable(results) : null, slideTable(results)].filter((table) => table !== null),
    measured: measuredTerms(results),
    facts: facts(results, provenance),
    command: provenance.command,
  };
}

function facts(results: BenchResults, provenance: Provenance): [string, string][] {
  const versions = [
    ...new Map([...results.rows, ...(results.slides ?? [])].map(({ engine, version }) => [engine, version])),
  ];
  const peaks = peaksOf(results.rows).map(({ engine, gflops }) => `${engine} ${gflops} GFLOP/s`);
  const seconds = provenance.commandSeconds;
  return [
    ['Processor', `${provenance.cpu}, ${results.cores} cores; Node ${provenance.node}`],
    ['Engines', versions.map(([engine, version]) => `${engine}: ${version}`).join('; ')],
    ...(peaks.length > 0 ? [['Best matrix product', peaks.join(', ')] satisfies [string, string]] : []),
    [
      'Load average',
      `${results.load.map((value) => value.toFixed(1)).join(' at the start, ')} at the end; 1 is this benchmark alone`,
    ],
    ['Code', `suite ${provenance.suite}, commit ${provenance.commit ?? 'unknown (no checkout)'}`],
    ['Written', `${provenance.created}${seconds === null ? '' : `, after ${duration(seconds)}`}`],
  ];
}
