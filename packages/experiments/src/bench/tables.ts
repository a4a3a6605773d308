import { NONE, significant } from '../reports/format.js';
import type { ReportTable, TableCell } from '../reports/tables.js';
import { column, number } from './cells.js';
import { gflops } from './gflops.js';
import { goalFor } from './goals.js';
import { peaksOf } from './peaks.js';
import type { BenchResults, BenchRow } from './types.js';

/** One line a model and size: every engine's median step, and the ratios to PyTorch. */
export function stepTable({ rows }: BenchResults): ReportTable {
  const engines = [...new Set(rows.map(({ engine }) => engine))];
  const compared = engines.filter((engine) => rows.some((row) => row.engine === engine && row.ratioMedian !== null));
  const cases = [...new Map(rows.map((row) => [JSON.stringify([row.model, row.n]), row])).values()];
  return {
    title: 'Milliseconds a training step',
    columns: [
      column('model', true),
      column('N'),
      ...engines.map((engine) => column(engine)),
      ...compared.flatMap((engine) => [column(`${engine} / pytorch`), column(`${engine} / pytorch, minima`)]),
      ...(compared.includes('native') ? [column('goal of native')] : []),
    ],
    rows: cases.map(({ model, n }) => {
      const at = (engine: string): BenchRow | undefined =>
        rows.find((row) => row.engine === engine && row.model === model && row.n === n);
      return {
        reference: false,
        cells: [
          { text: model, sort: model },
          { text: n.toLocaleString('en'), sort: n },
          ...engines.map((engine) => number(at(engine)?.stepMsMedian)),
          ...compared.flatMap((engine) => [number(at(engine)?.ratioMedian, 2), number(at(engine)?.ratioMin, 2)]),
          ...(compared.includes('native') ? [goalCell(n, at('native')?.ratioMedian ?? null)] : []),
        ],
      };
    }),
    notes: [
      'Median over the repetitions.',
      ...(compared.length > 0 ? ['Ratios: of the medians, and of the fastest repetitions.'] : []),
    ],
  };
}

/** One line a row: spread, inference, memory and the use that is made of the machine. */
export function detailTable({ rows }: BenchResults): ReportTable {
  const peaks = new Map(peaksOf(rows).map(({ engine, gflops: peak }) => [engine, peak]));
  return {
    title: 'Every measurement',
    columns: [
      column('model', true),
      column('N'),
      column('engine', true),
      column('step, ms'),
      column('fastest'),
      column('middle half'),
      column('steps'),
      column('inference, ms'),
      column('fastest inference'),
      column('peak memory, MiB'),
      column('before the model'),
      column('GFLOP/s'),
      column('of peak'),
    ],
    rows: rows.map((row) => {
      const rate = row.stepMacs === null ? null : gflops(row.stepMacs, row.stepMsMin);
      const peak = peaks.get(row.engine);
      const ofPeak = (value: number | null): TableCell =>
        value === null || peak === undefined ? number(null) : percent(value / peak);
      return {
        reference: false,
        cells: [
          { text: row.model, sort: row.model },
          { text: row.n.toLocaleString('en'), sort: row.n },
          { text: row.engine, sort: row.engine },
          number(row.stepMsMedian),
          number(row.stepMsMin),
          { text: `${significant(row.stepMsP25)}–${significant(row.stepMsP75)}`, sort: row.stepMsP75 - row.stepMsP25 },
          { text: String(row.stepReps), sort: row.stepReps },
          number(row.inferMsMedian),
          number(row.inferMsMin),
          number(row.peakRssMb, 0),
          number(row.baseRssMb, 0),
          number(rate, 1),
          ofPeak(rate),
        ],
      };
    }),
    notes: [
      'GFLOP/s: the matrix products of a step, counted while it runs, over the fastest step. Of peak: that rate over the engine’s best 1024³ matrix product in any of its processes.',
    ],
  };
}

function percent(value: number): TableCell {
  return { text: `${Math.round(100 * value)} %`, sort: value };
}

function goalCell(n: number, ratio: number | null): TableCell {
  const goal = goalFor(n);
  if (goal === null || ratio === null) return { text: NONE, sort: null };
  return { text: `≤ ${goal}: ${ratio <= goal ? 'met' : 'missed'}`, sort: goal };
}
