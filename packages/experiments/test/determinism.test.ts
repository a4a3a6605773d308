import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { buildModel } from '@asmil/baselines';
import {
  Executor,
  FeatureStore,
  loadCheckpoint,
  type ModelWeights,
  resolveEngine,
  trainModel,
  useEngine,
} from '@asmil/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../src/store/store.js';
import { bench, type Ended, until } from './fakes/cli.js';
import { noisyCohort } from './fakes/noisy-training.js';
import { noisyBags, type Seen, SHORT_MODELS, shortTraining } from './fakes/short-training.js';

/*
 * The same specification on the same engine gives the same bits. What holds which part of that:
 *
 *   again in one process         below, "state of other runs"; baselines/test/model-suite.ts, every model and switch, 3 steps
 *   in another process           below, "a worker's runs, again in this process"; checkpoints.test.ts
 *   1, 2, 3 workers              below, real training; faults.test.ts with a trainer of its own, and two commands at once
 *   after an interruption        below, a command stopped and a worker killed in mid-run; faults.test.ts: killed commands,
 *                                engines that die, damaged records; slurm/cluster.test.ts: nodes that die, tasks put back
 *   position in a worker's queue below, "state of other runs", and one worker against three
 *   memory, order of loading     below, "features"
 *   the environment              below: threads and `ASMIL_COMPILE` of the shell do not reach a worker
 *   place of the store           below: every command has a store of its own
 *   an earlier stage             stages.test.ts (once a seed); baselines/test/training-suite.ts (trained here or handed over)
 *   files or memory              mil/from-files.test.ts: a cohort exported and read again
 *   random streams               core/test/rng.test.ts
 *   kernels and their twins      core/test/nn/kernels.test.ts
 *
 * And what agrees to rounding only, within `FAR`: compiled and eager steps, the native and the WebAssembly engine; below over
 * a training of every model, step by step for every switch in baselines/test/model-suite.ts.
 */

/** Largest difference of losses, logits and attention, relative to max(1, |x|); stated in the README of core. */
const FAR = 1e-5;

const missing = resolveEngine('auto').name !== 'native';
const ENGINES = [
  { engine: 'wasm', skip: false, name: 'wasm' },
  { engine: 'native', skip: missing, name: missing ? 'native engine: not set up' : 'native' },
] as const;

/** Of different kinds: plain attention, an anchor and random draws, moving averages, a critical instance. */
const SOME = ['abmil', 'asmil paper', 'asmil release', 'dsmil'];

const bitsOf = ({ params, trees }: ModelWeights): string =>
  [params, ...Object.values(trees)]
    .flatMap((tree) => Object.entries(tree))
    .map(
      ([name, { data }]) => `${name} ${Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')}`,
    )
    .join('\n');

/** All that a training computes, bit by bit, as text. */
const bits = ({ result, seen }: { result: unknown; seen: readonly Seen[] }): string =>
  [JSON.stringify(result), ...seen.map((s) => `${s.logits} ${s.attention}\n${bitsOf(s.weights)}`)].join('\n');

/** Compared as a truth: nobody wants to read the bits. */
const same = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a, b);

describe.each(ENGINES)('$name', ({ engine, skip }) => {
  describe.skipIf(skip)('the same bits', () => {
    beforeAll(async () => {
      await useEngine(engine);
    });

    test('state of other runs: alone, or after other models, seeds and rates in the same process', async () => {
      const alone = new Map<string, string>();
      for (const name of SOME) alone.set(name, bits(await shortTraining(name)));
      const shared = { executor: new Executor(), features: new FeatureStore() };
      try {
        for (const name of SOME.toReversed()) {
          const other = await shortTraining(name, { ...shared, seed: 2, config: { lr: 1e-2, epochs: 1 } });
          expect(same(bits(other), alone.get(name)!), `${name}, another seed`).toBe(false);
          expect(same(bits(await shortTraining(name, shared)), alone.get(name)!), name).toBe(true);
        }
        expect([shared.executor.held.graphs > 5, shared.executor.fallbacks.size]).toEqual([engine === 'native', 0]);
      } finally {
        shared.executor.dispose();
        shared.features.dispose();
      }
    });

    test('features: kept, loaded again each time, late, in another order', async () => {
      const name = 'camil'; // it derives inputs from the features
      const executor = new Executor();
      const kept = bits(await shortTraining(name, { executor }));
      let loads = 0;
      const load = async (id: string) => {
        loads++;
        await sleep(Math.random() * 2);
        return noisyBags.get(id)!;
      };
      for (const [budget, expected] of [
        [0, 3 * 22],
        [3000, 22 + 20],
      ] as const) {
        loads = 0;
        expect(same(bits(await shortTraining(name, { executor, budget, load })), kept), `${budget} bytes kept`).toBe(
          true,
        );
        expect(loads, `${budget} bytes kept`).toBeGreaterThanOrEqual(expected);
      }
      const features = new FeatureStore();
      for (const id of [...noisyBags.keys()].reverse()) await features.get(`noisy/${id}`, () => load(id));
      loads = 0;
      expect(same(bits(await shortTraining(name, { executor, features, load })), kept), 'the last bag first').toBe(
        true,
      );
      expect(loads).toBe(0);
      features.dispose();
      executor.dispose();
    });
  });
});

describe.each(ENGINES)('exp on $name', ({ engine, skip }) => {
  const cells = ['abmil', 'asmil', 'dsmil'];
  const benches: ReturnType<typeof bench>[] = [];
  afterAll(() => {
    for (const t of benches) t.remove();
  });

  /** The command with real training, in a store of its own. */
  function command(surroundings: Readonly<Record<string, string>> = {}) {
    const t = bench();
    benches.push(t);
    const wiring = fileURLToPath(new URL('./fakes/noisy-training.ts', import.meta.url));
    const pids = (): number => new Set(t.trained().map((line) => line.split(' ')[0])).size;
    return {
      t,
      pids,
      /** On so many workers, each of which gets a run. */
      run: (workers: number, signal?: AbortSignal, loadMs = 2): Promise<Ended> =>
        t.inProcess(
          [
            ...['main-comparison', '--data', 'bracs-sim', '--only', cells.join(), '--seeds', '1', '--checkpoints'],
            ...['--engine', engine, '--workers', String(workers), '--store', t.store, '--out', join(t.dir, 'out')],
          ],
          {
            ...{ ASMIL_TEST_WIRING: wiring, NOISY_DIR: t.dir, NOISY_LOAD_MS: String(loadMs) },
            ...{ NOISY_WORKERS: String(pids() + workers), ...surroundings },
          },
          signal,
        ),
      /** What a run's folder holds but its times, by signature; the checkpoint bit by bit. */
      stored: (): Record<string, string> =>
        Object.fromEntries(
          t
            .stored()
            .map((name) => [
              name,
              ['record.json', 'bags.json', 'checkpoint.safetensors']
                .map((file) => readFileSync(join(t.store, name, file), 'base64'))
                .join(),
            ]),
        ),
    };
  }

  describe.skipIf(skip)('the same bits', () => {
    const one = command();
    let clean: Record<string, string>;
    beforeAll(async () => {
      expect(await one.run(1)).toMatchObject({ code: 0 });
      expect([one.t.trained().length, one.pids()]).toEqual([3, 1]);
      clean = one.stored();
      expect(Object.keys(clean)).toHaveLength(3);
    });

    test('two workers, where the shell asks for threads and eager steps', async () => {
      const two = command({ TF_NUM_INTRAOP_THREADS: '3', TF_NUM_INTEROP_THREADS: '2', ASMIL_COMPILE: 'off' });
      expect(await two.run(2)).toMatchObject({ code: 0 });
      expect(two.t.trained().map((line) => line.split(' ')[2])).toEqual(['1', '1', '1']); // thread
      expect(same(two.stored(), clean)).toBe(true);
    });

    // How commands and workers end is the same for either engine.
    test.runIf(engine === 'wasm')(
      'a command stopped in mid-run, gone on with by three workers, one killed',
      async () => {
        const three = command({ NOISY_KILL: 'asmil' });
        const stop = new AbortController();
        const ended = three.run(1, stop.signal, 100);
        await until(() => three.t.trained().length === 1);
        stop.abort();
        expect((await ended).code).toBe(130);
        expect(three.t.stored()).toEqual([]);
        const { code, err } = await three.run(3);
        expect([code, err]).toEqual([0, expect.stringMatching(/^asmil .*ended by SIGKILL .*; trying once more$/m)]);
        expect(three.t.trained()).toHaveLength(1 + 3 + 1);
        expect(three.pids()).toBeGreaterThanOrEqual(1 + 3);
        expect(same(three.stored(), clean)).toBe(true);
      },
    );

    test("a worker's runs, again in this process", async () => {
      await useEngine(engine);
      const store = await openStore(one.t.store, () => {});
      for (const name of one.t.stored()) {
        const signature = name.slice(3);
        const { record, checkpoint } = (await store.read(signature))!;
        const { spec, split } = record;
        const model = buildModel(spec.model.name, spec.model.config, { input: noisyCohort.dim, classes: 2 });
        let weights: ModelWeights | undefined;
        const result = await trainModel({
          ...{ model, config: spec.train, seed: spec.seed, split, featureKey: 'exp' },
          load: (id) => noisyCohort.load(id, split),
          onSelect: (_, copy) => {
            weights = copy();
          },
        });
        expect(result.selectedEpoch).toBe(record.result.selectedEpoch);
        expect(same(bitsOf(weights!), bitsOf(await loadCheckpoint(checkpoint!))), spec.model.name).toBe(true);
      }
    });
  });
});

describe.skipIf(missing)(`to rounding${missing ? ': the native engine is not set up' : ''}`, () => {
  const wasm = new Map<string, readonly Seen[]>();
  beforeAll(async () => {
    await useEngine('wasm');
    for (const name of SHORT_MODELS) wasm.set(name, (await shortTraining(name)).seen);
    await useEngine('native');
  });

  /** Largest difference over the epochs. */
  function difference(a: readonly Seen[], b: readonly Seen[]): number {
    expect(b).toHaveLength(a.length);
    const pairs = a.flatMap((x, i) => {
      const y = b[i]!;
      expect([y.logits.length, y.attention.length]).toEqual([x.logits.length, x.attention.length]);
      const both = (s: Seen): number[] => [s.loss, ...s.logits, ...s.attention];
      return both(x).map((v, k) => [v, both(y)[k]!] as const);
    });
    return Math.max(...pairs.map(([x, y]) => Math.abs(x - y) / Math.max(1, Math.abs(x))));
  }

  test.each(SHORT_MODELS)('%s: three epochs compiled, eager and on WebAssembly', async (name) => {
    const compiled = await shortTraining(name, { compile: true });
    expect([...compiled.executor.fallbacks.values()]).toEqual([]);
    const eager = await shortTraining(name, { compile: false });
    expect(difference(eager.seen, compiled.seen), 'compiled').toBeLessThan(FAR);
    expect(difference(compiled.seen, wasm.get(name)!), 'WebAssembly').toBeLessThan(FAR);
    // Far less than what training moves.
    const { logits } = compiled.seen[0]!;
    expect(Math.max(...logits.map((v, i) => Math.abs(v - compiled.seen[2]!.logits[i]!)))).toBeGreaterThan(100 * FAR);
  });
});
