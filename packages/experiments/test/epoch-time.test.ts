import { expect, it } from 'vitest';
import { ablationEntmax } from '../src/definitions/ablation-entmax.js';
import { epochTimeTable } from '../src/reports/epoch-time.js';
import { summarise } from '../src/reports/summary.js';
import { epochSeconds } from '../src/runner/epoch-time.js';
import type { Provenance, Results } from '../src/types.js';
import { fakeResults } from './fake-results.js';

const run = (key: string, signature: string) => ({ cell: { key } as never, signature });
const stored = (wallSeconds: number | undefined, epochs: number) =>
  ({
    timing: wallSeconds === undefined ? undefined : { wallSeconds },
    record: { result: { epochs: new Array(epochs) } },
  }) as never;

it('is the median over the runs of a cell whose times are known', () => {
  const runs = [run('a', '1'), run('a', '2'), run('a', '3'), run('b', '4'), run('b', '5')];
  const kept = new Map([
    ['1', stored(10, 10)],
    ['2', stored(30, 10)],
    ['3', stored(20, 10)],
    ['4', stored(undefined, 10)],
    ['5', stored(4, 0)],
  ]);
  expect(epochSeconds(runs, kept)).toEqual({ a: 2 });
});

it('stands beside the paper’s seconds, each in relation to the reference’s', () => {
  const cells = ablationEntmax.cells.map(({ key, label, factors, reference }) => ({ key, label, factors, reference }));
  const results = { ...fakeResults(), cells, runs: [] } as Results;
  const rows = ablationEntmax.paper.rows.filter(({ dataset }) => dataset === 'CAMELYON-16');
  const summary = summarise({ ...ablationEntmax, paper: { ...ablationEntmax.paper, rows } }, results);
  const provenance = { epochSeconds: { nsf: 2, 'alpha=1.5': 5 } } as unknown as Provenance;
  const table = epochTimeTable(summary, provenance)!;
  const row = (label: string) =>
    table.rows.find(({ cells: own }) => own[0]!.text === label)!.cells.map(({ text }) => text);
  expect(row('NSF').slice(1)).toEqual(['2.00', '1.00', '6.34', '1.00']);
  expect(row('α = 1.5').slice(1)).toEqual(['5.00', '2.50', '8.45', '1.33']);
  expect(row('α = 2 (sparsemax)').slice(1, 3)).toEqual(['–', '–']);
  expect(epochTimeTable(summary, {} as Provenance)).toBeNull();
});
