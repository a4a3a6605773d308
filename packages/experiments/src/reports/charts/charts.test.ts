import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { fakeExperiment, fakeResults, scoredResults } from '../../../test/fake-results.js';
import type { Experiment, Results } from '../../types.js';
import { summarise } from '../summary.js';
import { chartsOf, errorBars, pairedDifferences, renderPng, renderSvg } from './index.js';

const schema = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('vega-lite/vega-lite-schema.json'), 'utf8'),
);
const valid = new Ajv({ strict: false, validateFormats: false }).compile(schema);

const ordinal = fakeExperiment();
const quantitative: Experiment = { ...ordinal, factor: { ...ordinal.factor, kind: 'quantitative' } };
const CASES: readonly (readonly [string, Experiment, Results])[] = [
  ['seven settings and five seeds', ordinal, fakeResults()],
  ['one seed', ordinal, fakeResults({ seeds: 1 })],
  ['ten splits of another cohort', ordinal, fakeResults({ seeds: 1, splits: 10, cohort: 'musk1', simulated: false })],
  ['diverged runs', ordinal, fakeResults({ diverged: ['m=0/1', 'm=0/2', 'm=0/3', 'm=0/4', 'm=0/5', 'm=1/2'] })],
  ['no AUC', ordinal, fakeResults({ auc: false })],
  ['no attention', ordinal, fakeResults({ attention: false })],
  ['one setting', ordinal, fakeResults({ cells: 1, seeds: 1 })],
  ['one epoch', ordinal, fakeResults({ epochs: 1 })],
  ['a quantitative factor', quantitative, fakeResults({ cells: 4 })],
  ['no run at all', ordinal, { ...fakeResults(), runs: [] }],
];

describe.each(CASES)('charts of %s', (_, experiment, results) => {
  const charts = chartsOf(summarise(experiment, results));

  it('are valid Vega-Lite', () => {
    for (const { id, spec } of charts) {
      const ok = valid(JSON.parse(JSON.stringify(spec)));
      expect({ id, errors: ok ? [] : valid.errors?.slice(0, 3) }).toEqual({ id, errors: [] });
    }
  });

  it('draw without a warning, with the cohort in every title', async () => {
    for (const { id, spec, title } of charts) {
      const first = await renderSvg(spec);
      expect({ id, warnings: first.warnings }).toEqual({ id, warnings: [] });
      expect(first.svg).toMatch(/^<svg role="img" aria-label="[^"]+/);
      expect(first.svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(title.includes('(simulated)')).toBe(results.cohort.simulated);
    }
  });
});

describe('which charts there are', () => {
  const ids = (results: Results): string[] => chartsOf(summarise(ordinal, results)).map((chart) => chart.id);

  it('follows what the results hold', () => {
    const all = [
      'scores',
      'differences',
      'stability',
      'attention-dynamics',
      'epochs-f1',
      'epochs-auc',
      'epochs-cross-entropy',
    ];
    expect(ids(fakeResults())).toEqual(all);
    expect(ids(fakeResults({ attention: false }))).toEqual([
      'scores',
      'differences',
      'epochs-f1',
      'epochs-auc',
      'epochs-cross-entropy',
    ]);
    expect(ids(fakeResults({ epochs: 1 }))).toEqual(['scores', 'differences']);
    expect(ids({ ...fakeResults(), runs: [] })).toEqual([]);
  });
});

describe('the data of the charts', () => {
  const results = scoredResults({ 'm=0': [0.5, 0.6], 'm=0.999': [0.7, 0.9] });
  const summary = summarise(ordinal, results);

  it('are the means, spreads and runs of the results and the values of the paper', () => {
    const text = JSON.stringify(errorBars(summary)!.spec);
    // mean 0.55, sample std 0.0707107; mean 0.8, sample std 0.141421
    expect(text).toContain('0.0,this report,this report,mean,0.55,,0.47929,0.62071,0.070711,2');
    expect(text).toContain('0.999,this report,this report,mean,0.8,,0.65858,0.94142,0.14142,2');
    expect(text).toContain('0.999,this report,runs,run,0.9,2,');
    expect(text).toContain(
      '0.999,the paper (BRACS: real slides),the paper (BRACS: real slides),mean,0.781,,0.739,0.823,0.042',
    );
  });

  it('pair runs of one seed', () => {
    const text = JSON.stringify(pairedDifferences(summary)!.spec);
    expect(text).toContain('pair,0.0,this report,pairs,-0.2,1');
    expect(text).toContain('pair,0.0,this report,pairs,-0.3,2');
    expect(text).toContain('mean,0.0,this report,this report,-0.25,');
    // the paper's 0.636 - 0.781
    expect(text).toContain('mean,0.0,the paper (BRACS: real slides),the paper (BRACS: real slides),-0.145,');
  });
});

describe('labels of settings that coincide', () => {
  it('stand apart and inside the chart', async () => {
    const same = { jsd: 0.001, entropy: 0.99 };
    const keys = ordinal.cells.map((cell) => cell.key);
    const results = scoredResults(
      Object.fromEntries(keys.map((key) => [key, [0.5]])),
      Object.fromEntries(keys.map((key) => [key, same])),
    );
    const chart = chartsOf(summarise(ordinal, results)).find(({ id }) => id === 'stability')!;
    const { svg } = await renderSvg(chart.spec);
    const places = [
      ...svg.matchAll(/<text(?: text-anchor="(\w+)")? transform="translate\(([\d.-]+),([\d.-]+)\)"[^>]*>m\u00a0=/g),
    ].map(([, anchor, x, y]) => ({ side: anchor ?? 'start', x: Number(x), y: Number(y) }));
    expect(places).toHaveLength(7);
    for (const [i, a] of places.entries()) {
      expect(a.y).toBeGreaterThan(0);
      expect(a.y).toBeLessThan(320);
      for (const b of places.slice(i + 1)) expect(a.side !== b.side || Math.abs(a.y - b.y) > 12).toBe(true);
    }
  });
});

describe('a bitmap', () => {
  it('is a PNG of twice the size', async () => {
    const { svg } = await renderSvg(errorBars(summarise(ordinal, fakeResults()))!.spec);
    const png = Buffer.from(await renderPng(svg));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBe(2 * Number(/ width="(\d+)"/.exec(svg)![1]));
  });
});
