import { escapeMarkdown, fencedMarkdown } from '../reports/escape.js';
import { duration } from '../reports/format.js';
import { markdownTable } from '../reports/page-markdown.js';
import type { ReportTable } from '../reports/tables.js';
import type { Provenance } from '../types.js';
import { benchCharts } from './charts.js';
import { goalsMet } from './goals.js';
import { peaksOf } from './peaks.js';
import { detailTable, growthTable, stepTable } from './tables.js';
import type { BenchResults } from './types.js';

/** The benchmark as a Markdown page, its charts as SVG files beside it. */
export function benchPage(results: BenchResults, provenance: Provenance): string {
  const [first, ...others] = benchCharts(results);
  const growth = growthTable(results);
  const blocks = [
    `# ${escapeMarkdown(results.title)}`,
    'What one training step, one inference and the memory for them cost, by model, engine and size of the bag.',
    '## Results',
    ...table(stepTable(results)),
    ...reading(results).map(escapeMarkdown),
    ...[first!, ...others].flatMap(({ alt, id, caption }) => [
      `![${escapeMarkdown(alt)}](${id}.svg)`,
      escapeMarkdown(caption),
    ]),
    ...(growth ? ['## Growth', ...table(growth)] : []),
    '## Every measurement',
    ...table(detailTable(results)),
    '## What is measured',
    MEASURED,
    '## Machine and code',
    facts(results, provenance)
      .map(([name, value]) => `- **${escapeMarkdown(name)}:** ${escapeMarkdown(value)}`)
      .join('\n'),
    '## How to get this again',
    fencedMarkdown(provenance.command, 'sh'),
    'Times belong to one machine and one hour; the ratios carry further. Files: [all numbers](results.json), [provenance](provenance.json); each chart is also a Vega-Lite spec (`*.vl.json`).',
  ];
  return `${blocks.join('\n\n')}\n`;
}

const MEASURED = [
  '- **Step:** forward, loss, backward, optimiser, for ASMIL the anchor’s pass and its moving average, the random draws, and reading the loss as a number. One bag a step; the bag is standard normal noise that is in memory already; labels alternate.',
  '- **Inference:** logits and attention of one bag, read back.',
  '- **Repetitions:** every case runs in a fresh process on each engine. After 0.3 seconds of untimed repetitions the engines take turns, ten rounds each way round; a case ends after at least 30 repetitions and one second, or five repetitions if a step is slow.',
  '- **Memory:** largest resident memory of that process at the end, which includes compiling the step and checking it once against the step run operation by operation.',
  '- **Work:** multiply-accumulates of matrix products alone, by closed form: the forward pass three times (itself, and two products for each in the backward pass) less the gradient of the features, which nobody needs, plus the anchor’s pass up to its scores. Element-wise work, normalisers and the optimiser are not counted.',
  '- **PyTorch:** the programs under `bench/pytorch`, eager, with its default optimisers.',
].join('\n');

function table(content: ReportTable): string[] {
  return [markdownTable(content), escapeMarkdown(content.notes.join(' '))];
}

/** The results in sentences. */
export function reading(results: BenchResults): string[] {
  const lines: string[] = [];
  const { met, metByFastest, of } = goalsMet(results.rows);
  if (of > 0) {
    lines.push(
      `The native engine meets ${met} of ${of} goals by the medians and ${metByFastest} by the fastest repetitions (a training step in at most 0.4 of PyTorch’s time for bags of up to 50 instances, 0.9 from 500 on).`,
    );
  }
  const slower = results.rows.filter(({ engine, ratioMedian }) => engine === 'native' && (ratioMedian ?? 0) > 1);
  if (slower.length > 0) {
    lines.push(`Slower than PyTorch: ${slower.map(({ model, n }) => `${model} at N = ${n}`).join(', ')}.`);
  }
  const eager = results.rows.filter(({ fallback }) => fallback !== null);
  for (const { model, engine, fallback } of new Map(eager.map((row) => [row.model + row.engine, row])).values()) {
    lines.push(`${model} ran operation by operation on ${engine}: ${fallback}.`);
  }
  return lines;
}

function facts(results: BenchResults, provenance: Provenance): [string, string][] {
  const versions = [...new Map(results.rows.map(({ engine, version }) => [engine, version]))];
  const peaks = peaksOf(results.rows).map(({ engine, gflops }) => `${engine} ${gflops} GFLOP/s`);
  const seconds = provenance.commandSeconds;
  return [
    ['Processor', `${provenance.cpu}, ${results.cores} cores; Node ${provenance.node}`],
    ['Engines', versions.map(([engine, version]) => `${engine}: ${version}`).join('; ')],
    ['Best matrix product', peaks.join(', ')],
    [
      'Load average',
      `${results.load.map((value) => value.toFixed(1)).join(' at the start, ')} at the end; 1 is this benchmark alone`,
    ],
    ['Code', `suite ${provenance.suite}, commit ${provenance.commit ?? 'unknown (no checkout)'}`],
    ['Written', `${provenance.created}${seconds === null ? '' : `, after ${duration(seconds)}`}`],
  ];
}
