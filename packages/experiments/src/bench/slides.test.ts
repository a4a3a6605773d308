import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { renderSvg } from '../reports/charts/render.js';
import { benchCharts } from './charts.js';
import { benchContent } from './content.js';
import { slideGrowthOf } from './growth.js';
import { growthReading } from './growth-reading.js';
import { slideGrowthTable, slideTable } from './growth-tables.js';
import { BRIEF, repetitions } from './measure.js';
import { benchPage } from './page.js';
import { guideRows } from './panels.js';
import { commandLine, parseRequest } from './request.js';
import { makeSlide } from './slide-case.js';
import { type SlideProcess, startSlides } from './slide-process.js';
import { measureAllSlides, slideRow, slideSeries } from './slides.js';
import type { BenchResults, BenchRow, Epoch, SlideRow, SlideSeries } from './types.js';
import { workloadNames } from './workloads.js';

const SERIES: SlideSeries = { model: 'abmil', n: 20, d: 8, threads: 1, budgetMb: null };

function slides(model: string, count: number, budgetMb: number | null, seconds: number, above: number): SlideRow {
  return {
    ...{ model, slides: count, n: 500, d: 384, threads: 1, budgetMb, engine: 'native', version: 'engine 1.0' },
    ...{
      secondsMedian: seconds,
      secondsMin: seconds,
      msPerSlide: (1000 * seconds) / count,
      loadMsPerSlide: 1,
      reps: 2,
    },
    ...{ baseRssMb: 500, peakRssMb: 500 + above },
  };
}

/** A step of N microseconds that takes N / 100 MiB. */
function step(n: number): BenchRow {
  const ms = n / 1000;
  return {
    ...{ engine: 'native', model: 'abmil', n, d: 384, threads: 1, version: 'engine 1.0', fallback: null },
    ...{ stepMsMedian: ms, stepMsMin: ms, stepMsP25: ms, stepMsP75: ms, stepReps: 3 },
    ...{ inferMsMedian: ms, inferMsMin: ms, inferReps: 3, stepMacs: null },
    ...{ ratioMedian: null, ratioMin: null, matmulGflops: 80, baseRssMb: 500, peakRssMb: 500 + n / 100 },
  };
}

const COUNTS = [50, 100, 200, 400];
const results: BenchResults = {
  kind: 'benchmark',
  title: 'Time and memory of large bags and of many slides',
  load: [1, 1],
  cores: 2,
  rows: [1000, 10_000, 100_000].map(step),
  slides: ['abmil', 'asmil'].flatMap((model) => [
    ...COUNTS.map((s) => slides(model, s, null, s / 100, 0.8 * s)),
    ...COUNTS.map((s) => slides(model, s, 32, s / 50, 60)),
  ]),
  failed: ['asmil, 800 slides, all kept, native: no result: out of memory'],
};

describe('series of many slides', () => {
  it('have a budget wherever the features do not fit into it', () => {
    const request = { models: ['abmil', 'asmil'], slides: [25, 43, 44, 400], d: 384, threads: 1 };
    // 0.732 MiB a slide: 43 of them take 31.5 MiB, 44 take 32.2.
    expect(slideSeries(request).map(({ model, budgetMb, counts }) => [model, budgetMb, counts])).toEqual([
      ['abmil', null, [25, 43, 44, 400]],
      ['abmil', 32, [44, 400]],
      ['asmil', null, [25, 43, 44, 400]],
      ['asmil', 32, [44, 400]],
    ]);
    expect(slideSeries({ ...request, slides: [43] })).toHaveLength(2);
    expect(slideSeries({ ...request, slides: [] })).toEqual([]);
  });

  it('are asked for by --scale and by --slides', () => {
    const [plain, scale, own] = [[], ['--scale'], ['--slides', '9,3']].map((args) => parseRequest(args, () => {})!);
    expect([plain!.slides, scale!.slides, own!.slides]).toEqual([[], [25, 50, 100, 200, 400], [3, 9]]);
    expect([plain!.models, scale!.models]).toEqual([['abmil', 'asmil', 'asmil-release'], workloadNames()]);
    expect(commandLine(own!)).toContain('--slides 3,9');
    expect(commandLine(plain!)).not.toContain('--slides');
    expect(() => parseRequest(['--slides', '0'], () => {})).toThrow('--slides 0: expected a whole number');
  });

  const facts = { threads: 1, version: '1', baseRssMb: 1 };
  /** A process whose epochs take a millisecond a slide, and which grows by a MiB with each; it fails at `limit` slides. */
  function fake(limit: number, asked: number[] = []): SlideProcess {
    const epoch = async (count: number): Promise<Epoch> => {
      if (count >= limit) throw new Error('out of memory');
      asked.push(count);
      return { ms: count, loadMs: count / 2, peakRssMb: 10 + asked.length };
    };
    return { facts, epoch, kill: () => asked.push(-1) };
  }

  it('take their numbers in ascending rounds, the small ones several times in each', async () => {
    const asked: number[] = [];
    const all = [{ ...SERIES, counts: [20, 100, 400] }];
    const [small, , large] = await measureAllSlides(
      all,
      ['native'],
      () => {},
      () => {},
      async () => fake(999, asked),
    );
    const round = [20, 20, 100, 400];
    expect(asked).toEqual([...round, ...round, ...round, -1]);
    expect(small).toMatchObject({ slides: 20, reps: 6, secondsMedian: 0.02, msPerSlide: 1, peakRssMb: 11 });
    expect(large).toMatchObject({ slides: 400, reps: 3, loadMsPerSlide: 0.5, baseRssMb: 1, peakRssMb: 14 });
  });

  it('go on after one that fails, which is named with what it leaves out', async () => {
    const failed: string[] = [];
    const all = ['abmil', 'asmil', 'dsmil'].map((model) => ({ ...SERIES, model, counts: [3, 4, 5] }));
    const rows = await measureAllSlides(
      all,
      ['native'],
      () => {},
      (line) => failed.push(line),
      async (_, { model }) => {
        if (model === 'asmil') throw new Error('no engine');
        return fake(model === 'abmil' ? 4 : 99);
      },
    );
    expect(rows.map(({ model, slides: count }) => [model, count])).toEqual([
      ['abmil', 3],
      ['dsmil', 3],
      ['dsmil', 4],
      ['dsmil', 5],
    ]);
    expect(failed).toEqual([
      'abmil, 4, 5 slides, all kept, native: no result: out of memory',
      'asmil, 3, 4, 5 slides, all kept, native: no result: no engine',
    ]);
  });

  it('run through the training loop in a process of their own', async () => {
    const process = await startSlides('wasm', SERIES);
    expect(process.facts.threads).toBe(1);
    const few = await process.epoch(3);
    // The fastest of three each: a machine may stand still for longer than an epoch of three slides takes.
    const msOf = async (count: number): Promise<number[]> => {
      const times: number[] = [];
      for (let i = 0; i < 3; i++) times.push((await process.epoch(count)).ms);
      return times;
    };
    const [least, more] = [Math.min(...(await msOf(3))), Math.min(...(await msOf(40)))];
    process.kill();
    expect(more).toBeGreaterThan(3 * least); // 40 slides against 3
    expect(few.loadMs).toBeGreaterThan(0);
    expect(few.loadMs).toBeLessThan(few.ms);
    expect(few.peakRssMb).toBeGreaterThanOrEqual(process.facts.baseRssMb);
    await expect(startSlides('wasm', { ...SERIES, model: 'nope' })).rejects.toThrow('unknown model "nope"');
    await expect(startSlides('wasm', SERIES, 1)).rejects.toThrow('not finished after 0.001 s');
  });

  it('have slides of noise with mean 0 and variance 1, the same at every load', () => {
    const { features, label, coords } = makeSlide('7', 500, 384);
    expect(coords).toHaveLength(1000); // some models read neighbours
    const mean = features.reduce((a, b) => a + b) / features.length;
    const variance = features.reduce((a, b) => a + b * b) / features.length;
    expect([label, mean, variance]).toEqual([1, expect.closeTo(0, 1), expect.closeTo(1, 1)]);
    expect(makeSlide('7', 500, 384).features).toEqual(features);
    expect(makeSlide('8', 500, 384).features).not.toEqual(features);
  });

  it('give medians, in all and a slide', () => {
    const epochs = [1000, 3000, 2000].map((ms) => ({ ms, loadMs: ms / 10, peakRssMb: ms }));
    const row = slideRow({ ...SERIES, slides: 4, engine: 'wasm' }, facts, epochs);
    expect(row).toMatchObject({ secondsMedian: 2, secondsMin: 1, msPerSlide: 500, reps: 3, peakRssMb: 1000 });
    expect(row.loadMsPerSlide).toBe(50);
  });
});

describe('growth', () => {
  it('against the number of slides is linear with all features kept, and flat with a budget', () => {
    const [kept, budget] = slideGrowthOf(results.slides!);
    expect(kept).toMatchObject({ model: 'abmil', budgetMb: null, from: 50, to: 400, time: expect.closeTo(1, 9) });
    expect([kept!.memory, kept!.mbPerSlide]).toEqual([expect.closeTo(1, 9), expect.closeTo(0.8, 9)]);
    expect(budget).toMatchObject({ budgetMb: 32, memory: expect.closeTo(0, 9), mbPerSlide: expect.closeTo(0, 9) });
    expect(slideGrowthOf(results.slides!.slice(0, 2))).toEqual([]);
    expect(slideGrowthOf([1, 2, 3].map((s) => slides('abmil', s, null, s, 0)))[0]!.memory).toBeNull();
  });

  it('is told with its slope, and what grows faster than linear by name', () => {
    const lines = growthReading(results);
    expect(lines).toHaveLength(6);
    expect(lines[0]).toBe('Time of a step, from N = 1,000 to 100,000: slope 1.00 (abmil); linear or less.');
    expect(lines[5]).toBe(
      'Peak memory above that after two slides, from 50 to 400 slides with 32 MiB of features kept: slope 0.00 (abmil) and 0.00 (asmil); linear or less; 0.00 MiB a slide.',
    );
    const six = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((model, i) =>
      COUNTS.map((s) => slides(model, s, null, s ** (0.75 + i / 10), s)),
    );
    expect(growthReading({ ...results, rows: [], slides: six })[0]).toMatch(
      /slope 0\.75 \(a\) to 1\.25 \(f\) over 6 curves; more than linear for e and f\.$/,
    );
  });

  it('has guides of slope 1 through the last point', () => {
    const points = [1, 10, 100].map((x) => ({ x, y: 5 * x ** 2 }));
    const curve = { model: 'abmil', series: 'native', points, slope: 2, label: 'slope' };
    const [first, last, text] = guideRows([curve], 'n', 'ms');
    expect(first).toMatchObject({ kind: 'guide', n: 1, ms: 500 });
    expect(last).toMatchObject({ kind: 'guide', n: 100, ms: 50_000 });
    expect(text).toMatchObject({ kind: 'slope', line: 0, text: 'slope 2.00' });
    expect(guideRows([{ ...curve, guide: false }], 'n', 'ms')).toHaveLength(1);
  });

  it('is measured with fewer repetitions of slow steps', () => {
    expect([0.5, 10, 100, 1000].map((ms) => repetitions(ms, BRIEF))).toEqual([400, 30, 8, 3]);
  });
});

describe('the report of --scale', () => {
  const schema = createRequire(import.meta.url).resolve('vega-lite/vega-lite-schema.json');
  const valid = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(readFileSync(schema, 'utf8')));

  it.each([
    ['bags and slides', results, ['step-time', 'memory', 'slides-time', 'slides-memory']],
    ['slides alone', { ...results, rows: [] }, ['slides-time', 'slides-memory']],
    ['one case', { ...results, rows: [], slides: results.slides!.slice(0, 1) }, ['slides-time', 'slides-memory']],
  ] satisfies [string, BenchResults, string[]][])('of %s has sound charts', async (_, given, ids) => {
    const charts = benchCharts(given).filter(({ id }) => id !== 'throughput');
    expect(charts.map(({ id }) => id)).toEqual(ids);
    for (const { id, spec } of charts) {
      const ok = valid(JSON.parse(JSON.stringify(spec)));
      expect({ id, errors: ok ? [] : valid.errors?.slice(0, 3) }).toEqual({ id, errors: [] });
      const { svg, warnings } = await renderSvg(spec);
      expect({ id, warnings }).toEqual({ id, warnings: [] });
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(svg.includes('slope 1.00')).toBe(ids.length > 2 || given.slides!.length > 1);
    }
  });

  it('has a table of slopes, one of cases, and what has no result', () => {
    const [growth, all] = [slideGrowthTable(results)!, slideTable(results)!];
    expect(growth.rows[0]!.cells.map(({ text }) => text)).toEqual([
      'abmil',
      'native',
      'all',
      '50 to 400',
      '1.00',
      '1.00',
      '0.800',
    ]);
    expect(growth.notes[0]).toContain('take 0.732 MiB');
    expect(all.rows).toHaveLength(16);
    const content = benchContent(
      results,
      {
        ...{ suite: '0.1.0', commit: null, node: 'v20', engine: 'native', cpu: 'a processor', workers: 1 },
        ...{ created: '2026-01-01T00:00:00.000Z', runSeconds: 1, commandSeconds: 1, command: 'pnpm bench --scale' },
      },
      null,
    );
    const text = benchPage(content);
    expect(text).toContain('![Peak memory against the number of slides');
    expect(text).toContain('asmil, 800 slides, all kept, native: no result: out of memory.');
    expect(text).toContain('**Many slides:**');
  });
});
