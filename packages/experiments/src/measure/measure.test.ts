import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { anchorOverhead } from '../definitions/anchor-overhead.js';
import { computeCost } from '../definitions/compute-cost.js';
import { renderSvg } from '../reports/charts/render.js';
import { besidePaper, macsAgree, overheads, sameOrder } from './agreement.js';
import { costCharts } from './charts.js';
import { groupsOf } from './groups.js';
import { costReading } from './reading.js';
import { memoryAbove, timesOf } from './rows.js';
import { costTable, paperTable } from './tables.js';
import type { CostResults, CostRow, Measurement, Times } from './types.js';

const schema = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('vega-lite/vega-lite-schema.json'), 'utf8'),
);
const valid = new Ajv({ strict: false, validateFormats: false }).compile(schema);

const times = (min: number, ratio: number | null = null): Times => ({
  ...{ median: 1.2 * min, min, p25: 1.1 * min, p75: 1.3 * min, reps: 5 },
  ...{ ratio: ratio && 1.2 * ratio, ratioMin: ratio },
});

/** Invented rows: all alike but for what a test changes. */
function invented(measurement: Measurement, change: (row: CostRow) => Partial<CostRow> = () => ({})): CostResults {
  const rows = measurement.cells.map(({ key, label, factors, baseline, reference }): CostRow => {
    const to = baseline ?? (measurement === computeCost && !reference ? 'abmil' : null);
    const anchored = baseline !== undefined;
    const row: CostRow = {
      ...{ cell: key, label, factors, baseline: to, params: 1000, trainingParams: anchored ? 100 : 0 },
      ...{ macs: 164e6, publishedMacs: 164e6, fallback: null },
      ...{ step: times(4, to === null ? null : 1.2), infer: times(2, to === null ? null : 1) },
      ...{ trainMb: anchored ? 60 : 50, inferMb: 20 },
    };
    return { ...row, ...change(row) };
  });
  return {
    ...{
      format: 1,
      kind: 'cost',
      experiment: measurement.id,
      title: measurement.title,
      preset: 'quick',
      engine: 'wasm',
    },
    ...{ bag: measurement.bag, classes: 2, load: [0.5, 1], cores: 4, planned: rows.length, failed: [], rows },
  };
}

const text = (results: CostResults, measurement: Measurement): string =>
  costReading(results, measurement)
    .flatMap(({ paragraphs }) => paragraphs)
    .join('\n');

describe('what is measured', () => {
  it('is grouped by baseline, the baseline in every group, a few at a time', () => {
    const keys = (cells: Measurement['cells']) =>
      groupsOf(cells, cells).map(({ baseline, others }) => [baseline.key, others.length]);
    expect(keys(computeCost.cells)).toEqual([3, 3, 3, 2].map((others) => ['abmil', others]));
    expect(new Set(keys(anchorOverhead.cells).map(([, others]) => others))).toEqual(new Set([2]));
    const [, one] = anchorOverhead.cells;
    expect(groupsOf([one!], anchorOverhead.cells).map(({ baseline }) => baseline.key)).toEqual(['abmil-none']);
  });

  it('is told as quantiles and ratios to the baseline', () => {
    expect(timesOf([4, 2, 6, 8, 10], [2, 3, 1])).toEqual({
      ...{ median: 6, min: 2, p25: 4, p75: 8, reps: 5 },
      ...{ ratio: 3, ratioMin: 2 },
    });
    expect(timesOf([1], null)).toMatchObject({ ratio: null, ratioMin: null });
    const facts = { threads: 1, version: '', matmulGflops: null, stepMacs: null, fallback: null };
    expect(memoryAbove({ ...facts, peakRssMb: 150.5, baseRssMb: 100 })).toBe(50.5);
    expect(memoryAbove({ ...facts, peakRssMb: 150.5, baseRssMb: null })).toBeNull();
  });
});

describe('agreement with the paper', () => {
  it.each([
    [164e6, true], // ABMIL's 164 M as printed
    [171e6, true],
    [173e6, false], // 5.5 % more
    [155e6, false],
  ])('of %d multiply-accumulates with the printed 164 M: %s', (macs, agrees) => {
    const results = invented(computeCost, ({ cell }) => (cell === 'abmil' ? { macs, publishedMacs: null } : {}));
    expect(macsAgree(besidePaper(results, computeCost).find(({ row }) => row.cell === 'abmil')!)).toBe(agrees);
  });

  it('is by the published code where its closed form is known', () => {
    const results = invented(computeCost, ({ cell }) =>
      cell === 'asmil' ? { macs: 133e6, publishedMacs: 541e6 } : {},
    );
    expect(macsAgree(besidePaper(results, computeCost).find(({ row }) => row.cell === 'asmil')!)).toBe(true);
    expect(text(results, computeCost)).toContain('ASMIL (133 M of 541 M)');
    expect(text(results, computeCost)).toContain('for 3 of 5 methods'); // TransMIL's 781 and MHIM-MIL's 345 are not 164
  });

  it('of two orders needs four methods and a rank correlation of 0.8', () => {
    expect(sameOrder([1, 2, 3], [1, 2, 3])).toBeNull();
    expect(sameOrder([1, 2, 3, 4, 5], [1, 3, 2, 5, 4])).toEqual({ rho: expect.closeTo(0.8), agrees: true });
    expect(sameOrder([1, 2, 3, 4], [2, 1, 4, 3])).toEqual({ rho: expect.closeTo(0.6), agrees: false });
  });

  it.each([
    [1.2, true], // the paper: 1.17 / 0.95 = 1.232
    [1.37, true],
    [1.4, false],
    [1.05, false],
  ])('of the anchor’s overhead %d with the paper’s 1.23: %s', (ratio, agrees) => {
    const results = invented(anchorOverhead, ({ cell }) => (cell === 'abmil-anchor' ? { step: times(4, ratio) } : {}));
    const own = overheads(results, anchorOverhead).find(({ row }) => row.cell === 'abmil-anchor')!;
    expect(own.paperRatio).toBeCloseTo(1.17 / 0.95);
    expect(own.agrees).toBe(agrees);
  });
});

describe('that the anchor adds nothing at inference', () => {
  it('is said where it holds', () => {
    const said = text(invented(anchorOverhead), anchorOverhead);
    for (const what of ['parameter', 'operation', 'time']) expect(said).toContain(`No ${what} is added at inference`);
    expect(said).not.toContain('Against the claim');
  });

  it.each([
    ['parameter', { params: 1001 }],
    ['operation', { macs: 164e6 + 1 }],
    ['time', { infer: times(2, 1.2) }],
  ] as const)('and told where a %s is added', (what, change) => {
    const results = invented(anchorOverhead, ({ cell }) => (cell === 'dsmil-anchor' ? change : {}));
    expect(text(results, anchorOverhead)).toContain(
      `Against the claim, ${what} differs at inference for DSMIL + anchor of`,
    );
  });

  it('is not doubted where one of median and fastest caught a bad moment', () => {
    const infer = { ...times(2, 1), ratio: 3 };
    const results = invented(anchorOverhead, ({ cell }) => (cell === 'dsmil-anchor' ? { infer } : {}));
    expect(overheads(results, anchorOverhead).every(({ noTime }) => noTime)).toBe(true);
  });

  it('nor where it is shorter', () => {
    const results = invented(anchorOverhead, ({ cell }) => (cell === 'dsmil-anchor' ? { infer: times(2, 0.6) } : {}));
    expect(text(results, anchorOverhead)).not.toContain('Against the claim');
  });
});

describe.each([
  ['compute-cost', computeCost],
  ['anchor-overhead', anchorOverhead],
] as const)('the report of %s', (_, measurement) => {
  it('has charts that are valid and draw without a warning, also of one row', async () => {
    const all = invented(measurement);
    const one = { ...all, rows: all.rows.slice(0, 1) };
    const two = { ...all, rows: all.rows.slice(0, 2) };
    expect(costCharts(all, measurement).length).toBeGreaterThan(0);
    for (const results of [all, one, two]) {
      for (const { spec } of costCharts(results, measurement)) {
        expect(valid(JSON.parse(JSON.stringify(spec))) ? [] : valid.errors?.slice(0, 3)).toEqual([]);
        const { svg, warnings } = await renderSvg(spec);
        expect(warnings).toEqual([]);
        expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      }
    }
  });

  it('has tables as wide as their heads', () => {
    const results = invented(measurement);
    for (const table of [costTable(results, measurement), paperTable(results, measurement)!]) {
      for (const row of table.rows) expect(row.cells).toHaveLength(table.columns.length);
    }
    expect(paperTable(results, measurement)!.rows).toHaveLength(measurement.paper.rows.length);
  });
});

it('a busy machine is told', () => {
  expect(text(invented(computeCost), computeCost)).not.toContain('Other work shared the machine');
  expect(text({ ...invented(computeCost), load: [1, 6] }, computeCost)).toContain('Other work shared the machine');
});
