import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { publishedMacs } from '@asmil/baselines';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { renderSvg } from '../reports/charts/render.js';
import type { Provenance } from '../types.js';
import { benchCharts } from './charts.js';
import { CLASSES } from './classes.js';
import { benchContent } from './content.js';
import { goalsMet, missedGoals } from './goals.js';
import { growthOf } from './growth.js';
import { benchMain } from './main.js';
import { type Measured, measure, repetitions, rowsOf, share } from './measure.js';
import { memoryReading } from './memory-limit.js';
import { benchPage } from './page.js';
import { benchHtml } from './page-html.js';
import type { Participant } from './participant.js';
import { pytorchModels, startPyTorch } from './pytorch.js';
import { quantile } from './quantile.js';
import { reading } from './reading.js';
import { parseRequest } from './request.js';
import { detailTable, stepTable } from './tables.js';
import type { BenchResults, BenchRow, CaseFacts } from './types.js';
import { parseModels, workload, workloadNames } from './workloads.js';
import { writeBenchReport } from './write.js';

const dir = mkdtempSync(join(tmpdir(), 'asmil-bench-'));
afterAll(() => rmSync(dir, { recursive: true }));

const FACTS: CaseFacts = {
  threads: 1,
  version: 'engine 1.0',
  peakRssMb: 600,
  baseRssMb: 500,
  matmulGflops: 80,
  stepMacs: 90_000_000,
  fallback: null,
};

describe('the command line', () => {
  async function bench(...args: string[]) {
    const text = { out: '', err: '' };
    const sink = (name: 'out' | 'err') =>
      new Writable({
        write: (chunk, _encoding, done) => {
          text[name] += chunk;
          done();
        },
      });
    const code = await benchMain(args, { out: sink('out'), err: sink('err') });
    return { code, ...text };
  }

  it.each([
    [['--models', 'abmli'], /^unknown model "abmli": .*abmil/],
    [['--models', ','], /^--models: expected names between commas$/],
    [['--engines', 'nativ'], /^unknown engine "nativ": .*did you mean native\?$/],
    [['--n', '10,0'], /^--n 0: expected a whole number of at least 1$/],
    [['--n', 'ten'], /^--n ten: expected a whole number/],
    [['--reps', '-1'], /^--reps -1: expected a whole number/],
    [['--compare', 'torch'], /^unknown comparison "torch": expected one of pytorch/],
    [['--thread', '2'], /^unknown option "--thread": .*--threads/],
    [['--d', '512', '--compare', 'pytorch'], /^--d 512 with --compare pytorch: .*384/],
    [['abmil'], /too many arguments/],
  ])('%j ends with code 2 and one line', async (args, message) => {
    const { code, out, err } = await bench(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err.trimEnd()).toMatch(message);
    expect(err.trimEnd()).not.toContain('\n');
  });

  it('has defaults, and takes every model of the registry as `all`', () => {
    const request = parseRequest([], () => {})!;
    expect([request.sizes, request.d, request.threads]).toEqual([[10, 50, 500, 2000, 8000], 384, 1]);
    expect(parseModels(['all'])).toEqual(workloadNames());
    expect(workloadNames()).toEqual(expect.arrayContaining(['abmil', 'asmil', 'asmil-release']));
    expect(parseRequest(['--n', '500,10', '--models', 'asmil,asmil'], () => {})).toMatchObject({
      sizes: [10, 500],
      models: ['asmil'],
    });
  });

  it('builds the released variant under its own name, with its optimiser', () => {
    const { model, train } = workload('asmil-release', 384);
    expect([model.config.variant, train.optimiser, train.clip]).toEqual(['release', 'adamw', 5]);
    expect(workload('asmil', 384).train.optimiser).toBe('adam');
  });

  it('prints nothing but rows with --json, and goes on in one sentence without PyTorch', async () => {
    const python = join(dir, 'no-python');
    const args = ['--models', 'abmil', '--n', '1', '--engines', 'wasm', '--reps', '1', '--json'];
    const { code, out, err } = await bench(...args, '--compare', 'pytorch', '--python', python);
    expect(code).toBe(0);
    expect(err.split('\n')[0]).toBe(`without PyTorch: there is no program "${python}" (--python PATH names one)`);
    const rows = JSON.parse(out) as BenchRow[];
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ engine: 'wasm', model: 'abmil', n: 1, d: 384, threads: 1, ratioMedian: null });
    for (const key of ['stepMsMedian', 'stepMsMin', 'inferMsMedian', 'peakRssMb', 'matmulGflops'] as const) {
      expect(rows[0]![key]).toBeGreaterThan(0);
    }
    // Three products for each of the forward pass, less the gradient of the features.
    const sizes = { n: 1, input: 384, hidden: 128, classes: CLASSES };
    expect(rows[0]!.stepMacs).toBe(3 * publishedMacs('abmil', sizes) - 384 * 128);
  });
});

describe('the other side', () => {
  /** A program that answers as `bench.py --serve` does. */
  const script = join(dir, 'serve.mjs');
  writeFileSync(
    script,
    `import { createInterface } from 'node:readline';
     createInterface({ input: process.stdin }).on('line', (line) => {
       const { model, what, reps } = JSON.parse(line);
       const rest = { threads: 1, peakRssMb: what === 'info' ? 500 : 610, version: '9.9' };
       const answer = what === 'info' ? { models: ['abmil'] } : model === 'abmil' ? { timesMs: Array(reps).fill(2) } : { error: 'model: unknown' };
       console.log(JSON.stringify({ ...answer, ...rest }));
     });`,
  );
  const options = { python: process.execPath, script, threads: 1 };
  const benchCase = { model: 'abmil', n: 10, d: 384, threads: 1 };

  it('is asked line by line', async () => {
    expect(await pytorchModels(options)).toEqual(['abmil']);
    const python = await startPyTorch(options, benchCase);
    expect(await python.times('step', 3)).toEqual([2, 2, 2]);
    expect(await python.finish()).toMatchObject({ version: 'PyTorch 9.9', peakRssMb: 610, baseRssMb: 500 });
    const other = await startPyTorch(options, { ...benchCase, model: 'nope' });
    await expect(other.times('step', 1)).rejects.toThrow('model: unknown');
    other.kill();
  });

  it('says its last line if it ends', async () => {
    const broken = join(dir, 'broken.mjs');
    writeFileSync(broken, 'console.error("PyTorch does not load in /usr/bin/python3"); process.exit(1);');
    await expect(pytorchModels({ ...options, script: broken })).rejects.toThrow('PyTorch does not load in /usr');
  });
});

describe('repetitions', () => {
  it('are spread evenly over the rounds', () => {
    for (const reps of [1, 5, 10, 33]) {
      const shares = Array.from({ length: 10 }, (_, r) => share(reps, r, 10));
      expect(shares.reduce((a, b) => a + b)).toBe(reps);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
  });

  it('follow from the length of a step, or from the user', () => {
    expect([0.5, 10, 100, 1000, 60_000].map((ms) => repetitions(ms, undefined))).toEqual([1000, 100, 30, 10, 5]);
    expect(repetitions(60_000, 7)).toBe(7);
  });

  it('are taken in turns, and one that fails leaves the others', async () => {
    const log: string[] = [];
    const fake = (engine: string, failAt: number): Participant => {
      let calls = 0;
      return {
        engine,
        times: async (what, reps) => {
          if (++calls === failAt) throw new Error('out of memory');
          log.push(`${engine} ${what} ${reps}`);
          return Array(reps).fill(1000);
        },
        finish: async () => FACTS,
        kill: () => log.push(`${engine} killed`),
      };
    };
    const failed: string[] = [];
    const measured = await measure([fake('a', 0), fake('b', 6), fake('c', 0)], 10, (e, reason) =>
      failed.push(`${e}: ${reason}`),
    );
    expect(failed).toEqual(['b: out of memory']);
    expect(measured.map(({ engine, step, infer }) => [engine, step.length, infer.length])).toEqual([
      ['a', 10, 10],
      ['c', 10, 10],
    ]);
    const turns = log.slice(log.lastIndexOf('c step 1', 9), log.indexOf('b killed'));
    expect(
      turns
        .filter((line) => line.endsWith('step 1'))
        .slice(-7)
        .join(),
    ).toMatch(/a step 1,b step 1,c step 1/);
  });

  it('give medians, minima and ratios', () => {
    const rows = rowsOf(
      [
        { engine: 'native', step: [1, 2, 9], infer: [1], facts: FACTS },
        { engine: 'pytorch', step: [4, 5, 6], infer: [2], facts: FACTS },
      ] satisfies Measured[],
      { model: 'abmil', n: 10, d: 384, threads: 1 },
    );
    expect(rows[0]).toMatchObject({ stepMsMedian: 2, stepMsMin: 1, stepMsP25: 1.5, stepMsP75: 5.5, stepReps: 3 });
    expect(rows[0]).toMatchObject({ ratioMedian: 0.4, ratioMin: 0.25, inferMsMedian: 1, peakRssMb: 600 });
    expect(rows[1]).toMatchObject({ engine: 'pytorch', ratioMedian: null, stepMsMedian: 5 });
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  });
});

function row(engine: string, model: string, n: number, ms: number, ratio: number | null): BenchRow {
  return {
    ...FACTS,
    matmulGflops: engine === 'pytorch' ? null : 80,
    peakRssMb: 500 + n / 10,
    engine,
    model,
    n,
    d: 384,
    stepMsMedian: ms,
    stepMsMin: ms * 0.9,
    stepMsP25: ms * 0.95,
    stepMsP75: ms * 1.2,
    stepReps: 30,
    inferMsMedian: ms / 3,
    inferMsMin: ms / 4,
    inferReps: 30,
    stepMacs: engine === 'pytorch' ? null : 200_000 * n,
    ratioMedian: ratio,
    ratioMin: ratio,
  };
}

const results = (rows: readonly BenchRow[]): BenchResults => ({
  kind: 'benchmark',
  title: 'Speed and memory of a training step',
  load: [1, 1.2],
  cores: 2,
  rows,
});

const compared = results(
  ['abmil', 'asmil'].flatMap((model) =>
    [10, 200, 1000, 10_000, 100_000].flatMap((n) => [
      row('native', model, n, 1 + n / 100, n === 10 ? 0.5 : 0.8),
      row('wasm', model, n, 5 + n / 20, 4),
      row('pytorch', model, n, 2 + n / 80, null),
    ]),
  ),
);

const provenance: Provenance = {
  suite: '0.1.0',
  commit: null,
  node: 'v20.20.0',
  engine: 'native, wasm',
  cpu: 'a processor',
  workers: 1,
  created: '2026-01-01T00:00:00.000Z',
  runSeconds: 100,
  commandSeconds: 100,
  command: 'pnpm bench',
};

describe('the report', () => {
  const schema = createRequire(import.meta.url).resolve('vega-lite/vega-lite-schema.json');
  const valid = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(readFileSync(schema, 'utf8')));

  it.each([
    ['engines and PyTorch', compared, ['step-time', 'ratio', 'throughput', 'memory']],
    ['one row', results([row('wasm', 'abmil', 10, 3, null)]), ['step-time', 'throughput', 'memory']],
    ['a model whose products were not counted', results([row('pytorch', 'new', 10, 3, null)]), ['step-time', 'memory']],
  ])('of %s has sound charts', async (_, given, ids) => {
    const charts = benchCharts(given);
    expect(charts.map(({ id }) => id)).toEqual(ids);
    for (const { id, spec } of charts) {
      const ok = valid(JSON.parse(JSON.stringify(spec)));
      expect({ id, errors: ok ? [] : valid.errors?.slice(0, 3) }).toEqual({ id, errors: [] });
      const { svg, warnings } = await renderSvg(spec);
      expect({ id, warnings }).toEqual({ id, warnings: [] });
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('judges the native engine by its goals', () => {
    // Per model: N = 10 with 0.5 against 0.4 is missed, 200 has no goal, three larger ones with 0.8 against 0.9 are met.
    expect(goalsMet(compared.rows)).toEqual({ met: 6, metByFastest: 6, of: 8 });
    const [first, second, third] = stepTable(compared).rows.map(({ cells }) => cells.map(({ text }) => text));
    expect(first!.slice(0, 3)).toEqual(['abmil', '10', '1.10']);
    expect([first!.at(-1), second!.at(-1), third!.at(-1)]).toEqual(['≤ 0.4: missed', '–', '≤ 0.9: met']);
  });

  it('sets a rate beside the best that any process of the engine reached', () => {
    // 200,000 · 1,000 MACs in 10 ms: 40 GFLOP/s of 160.
    const slow = { ...row('native', 'abmil', 1000, 10 / 0.9, null), matmulGflops: 20 };
    const fast = { ...row('native', 'abmil', 10, 1, null), matmulGflops: 160 };
    const cells = detailTable(results([slow, fast])).rows[0]!.cells.map(({ text }) => text);
    expect(cells.slice(-2)).toEqual(['40.0', '25 %']);
  });

  it('finds a linear and a quadratic growth', () => {
    const rows = [1000, 3000, 10_000].flatMap((n) => [
      { ...row('native', 'line', n, n, null), baseRssMb: 500 },
      { ...row('native', 'square', n, n * n, null), baseRssMb: 500 },
    ]);
    const [line, square] = growthOf(rows);
    expect(line).toMatchObject({ model: 'line', from: 1000, to: 10_000 });
    expect([line!.time, line!.memory, square!.time]).toEqual([
      expect.closeTo(1, 9),
      expect.closeTo(1, 9),
      expect.closeTo(2, 9),
    ]);
    expect(growthOf(rows.slice(0, 4))).toEqual([]);
  });

  it('names every missed goal with its figure, the worst first, and models without a comparison', () => {
    const rows = [
      row('native', 'a', 10, 1, 0.42),
      row('native', 'b', 10, 1, 1.5),
      row('native', 'c', 10, 1, 0.4),
      row('native', 'c', 200, 1, 2),
      row('native', 'a', 500, 1, 0.902),
      row('wasm', 'a', 500, 1, 3),
      row('native', 'd', 10, 1, null),
    ];
    expect(missedGoals(rows)).toEqual([
      'Above the goal of 0.4 at N = 10: b 1.50, a 0.42.',
      'Above the goal of 0.9 at N = 500: a 0.902.',
    ]);
    expect(reading(results(rows))).toContain('Without a comparison: d.');
    expect(reading(compared).join(' ')).not.toContain('Without a comparison');
  });

  it('judges the memory of 50,000 instances by the limit of 4 GB', () => {
    const at = (model: string, peakRssMb: number, n = 50_000) => ({ ...row('native', model, n, 1, null), peakRssMb });
    expect(memoryReading([at('a', 3000), at('b', 3814), at('c', 9000, 100_000)])).toEqual([
      'Training and evaluating a bag of 50,000 instances on native stays within 4 GB (3,815 MiB) for all 2 models measured: at most 3,814 MiB (b).',
    ]);
    expect(memoryReading([at('a', 3000), at('b', 3816)])).toEqual([
      'Training and evaluating a bag of 50,000 instances on native takes more than 4 GB (3,815 MiB) for b (3,816 MiB), 1 of 2 models.',
    ]);
    expect(memoryReading([at('a', 9000, 100_000)])).toEqual([]);
    expect(memoryReading([{ ...at('a', 9000), engine: 'pytorch' }])).toEqual([]);
  });

  it('says what is measured, what is missed and how to get it again', () => {
    const page = (given: BenchResults) => benchPage(benchContent(given, provenance, null));
    const text = page(compared);
    expect(text).toContain('meets 6 of 8 goals by the medians and 6 by');
    expect(text).toContain('- Above the goal of 0.4 at N = 10: abmil 0.50, asmil 0.50.');
    expect(text).toContain('![Training step in relation to PyTorch');
    expect(text).toContain('| abmil | native | 1,000 to 100,000 | 0.9');
    expect(text).toContain('native 80 GFLOP/s');
    expect(text).toMatch(/```sh\npnpm bench\n```/);
    expect(text).not.toContain('What this shows');
    const eager = page(results([{ ...row('native', 'abmil', 10, 3, 1.5), fallback: 'no kernel' }]));
    expect(eager).toContain('Slower than PyTorch: abmil at N = 10.');
    expect(eager).toContain('abmil ran operation by operation on native: no kernel.');
  });

  it('keeps the hand-written notes and shows them on both pages', async () => {
    const out = join(dir, 'reports', 'benchmark');
    mkdirSync(out, { recursive: true });
    const notes = 'First *thought*.\n\nSecond, on\ntwo lines.\n';
    writeFileSync(join(out, 'notes.md'), notes);
    const page = await writeBenchReport(compared, provenance, out);
    const read = (name: string): string => readFileSync(join(out, name), 'utf8');
    expect(read('notes.md')).toBe(notes);
    expect(readFileSync(page, 'utf8')).toContain(
      '## What this shows\n\nFirst \\*thought\\*.\n\nSecond, on two lines.\n',
    );
    expect(read('report.html')).toContain('<p>First *thought*.</p>\n<p>Second, on two lines.</p>');
    expect(read('report.html')).toContain('<script src="../assets/vega.min.js">');
    expect(JSON.parse(read('results.json'))).toEqual(JSON.parse(JSON.stringify(compared)));
  });

  it('is one sound HTML page with every chart, table and term', () => {
    const content = benchContent({ ...compared, title: 'a < b' }, provenance, null);
    const html = benchHtml(content, { svgs: new Map([['ratio', '<svg id="x"/>']]), scripts: [] });
    expect(html).toContain('<h1>a &lt; b</h1>');
    expect(html.match(/<table>/g)).toHaveLength(3);
    for (const { id } of content.charts) expect(html).toContain(`data-spec="${id}"`);
    expect(html).toContain('<dt>Memory</dt>');
    expect(html).not.toContain('Many slides');
  });
});
