import { count } from '../reports/format.js';
import { commonFacts, type Fact, paragraphs, type ReportPage } from '../reports/page.js';
import { unbroken } from '../reports/wording.js';
import type { Provenance } from '../types.js';
import { costCharts } from './charts.js';
import { costReading } from './reading.js';
import { costTable, detailTable, paperTable } from './tables.js';
import type { CostResults, Measurement } from './types.js';

/** Puts a report on cost together. Pure: the same measurements give the same page. */
export function costPage(
  measurement: Measurement,
  results: CostResults,
  provenance: Provenance,
  notes: string | null,
): ReportPage {
  const beside = paperTable(results, measurement);
  const charts = costCharts(results, measurement);
  const missing = results.planned - results.rows.length;
  return {
    title: results.title,
    simulated: false,
    source: `Table ${measurement.paper.number} of the paper`,
    question: unbroken(measurement.question),
    partial:
      missing === 0
        ? null
        : `This report holds ${results.rows.length} of ${count(results.planned, 'model')}; the others were not asked for or failed.${results.failed.length === 0 ? '' : ` ${results.failed.join('. ')}.`}`,
    facts: facts(results, provenance),
    factsHeading: 'Machine and protocol',
    tables: [costTable(results, measurement), ...(beside ? [beside] : []), detailTable(results, measurement)],
    leading: { tables: beside ? 2 : 1, charts: charts.length },
    detailHeading: 'Every measurement',
    charts: charts.map((chart) => ({ ...chart, caption: unbroken(chart.caption) })),
    reading: costReading(results, measurement).map(({ heading, paragraphs: lines }) => ({
      heading,
      paragraphs: lines.map(unbroken),
    })),
    diverged: [],
    command: provenance.command,
    notes: paragraphs(notes ?? ''),
  };
}

function facts(results: CostResults, provenance: Provenance): Fact[] {
  const { bag, classes, rows } = results;
  const reps = rows.map(({ step }) => step.reps);
  const [least, most] = [Math.min(...reps), Math.max(...reps)];
  return [
    {
      name: 'Bag',
      value: `one bag of ${bag.n.toLocaleString('en')} instances with ${bag.d} features of standard normal noise, in memory; ${classes} classes`,
    },
    {
      name: 'Training step',
      value:
        'forward, loss, backward, optimiser, the anchor’s pass and its moving average, random draws, and reading the loss; one bag a step',
    },
    { name: 'Inference', value: 'logits and attention map of the bag, read back' },
    {
      name: 'Repetitions',
      value: `${least === most ? least : `${least} to ${most}`} steps a model (${results.preset} preset), after warming up, in a process each; a model and its baseline take turns, ten rounds each way round`,
    },
    ...commonFacts(results.engine, provenance).filter(({ name }) => name !== 'Scores'),
  ];
}
