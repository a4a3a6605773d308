import {
  bagContent,
  type Context,
  createRng,
  type DeviceBag,
  drawn,
  Executor,
  evaluation,
  gradients,
  initState,
  layoutsOf,
  type Model,
  type Params,
  type TrainConfig,
  Trainer,
  type TrainState,
  tf,
  unflatten,
} from '@asmil/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DIMS, type Entry, HIDDEN, MODELS, toyBag, toyCoords } from './model-table.js';

export const CONFIG: TrainConfig = {
  optimiser: 'adam',
  lr: 1e-3,
  weightDecay: 1e-4,
  betas: [0.9, 0.999],
  eps: 1e-8,
  epochs: 4,
  warmup: 0,
  schedule: 'cosine',
  clip: null,
  select: 'last',
};

/** What holds for every model, on the engine in use. */
export function describeModels(engine: 'native' | 'wasm'): void {
  describe.each(MODELS)('$name', (entry) => {
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());

    test('its gradient is the slope of its loss', () => gradientIsSlope(entry));
    test('one instance', () => oneInstance(entry.build()));
    test.skipIf(entry.ordered)('the order of the instances does not matter', () => permutation(entry.build()));
    test('steps and evaluations leave no tensor behind', () => noLeak(entry.build()));
    test('the same seed gives the same bits, another seed others', () => seeds(entry.build()));
    test('trees get no gradient', () => constantTrees(entry.build()));
    test.runIf(engine === 'native')('the compiled step is the eager step', () => compiledIsEager(entry.build()));
  });
}

interface Pass {
  readonly model: Model;
  readonly params: Params;
  readonly ctx: Context;
  readonly bag: DeviceBag;
  readonly target: tf.Tensor2D;
}

/** A training pass with parameters away from their start, so that an anchor differs from the online model. */
function passOf(model: Model, n: number): Pass {
  const bag = toyBag(n);
  const layouts = layoutsOf(model);
  const state = initState(model, 1);
  const moved = (flat: tf.Tensor, seed: number): tf.Tensor => tf.add(flat, tf.tensor1d(normals(flat.size, seed, 0.2)));
  const params = unflatten(layouts.params, moved(state.params, 1));
  const trees = Object.entries(layouts.trees).map(([name, layout], i) => [
    name,
    unflatten(layout, moved(state.trees[`tree:${name}`]!, 2 + i)),
  ]);
  const bagState = Object.entries(model.bagState?.(n) ?? {}).map(([name, shape]) => [name, tf.zeros([...shape])]);
  return {
    model,
    params,
    ctx: {
      train: true,
      draws: named('draw:', drawn('draw', model.draws?.(createRng(1, 'draws'), n, 0.5))),
      trees: Object.fromEntries(trees),
      bagState: Object.fromEntries(bagState),
      bag: named('input:', drawn('input', model.bagInputs?.(bagContent(bag.x, toyCoords(n))))),
    },
    bag,
    target: tf.oneHot(tf.tensor1d([1], 'int32'), DIMS.classes).toFloat() as tf.Tensor2D,
  };
}

/** Tensors without the prefix of their names. */
function named(prefix: string, tensors: Params): Params {
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name.slice(prefix.length), t]));
}

function evaluationOf({ model, bag: { bag }, ctx }: Pass): Context {
  return evaluation(named('draw:', drawn('draw', model.evaluationDraws?.(createRng(1), bag.n))), ctx.bag);
}

function normals(size: number, seed: number, scale = 1): Float32Array {
  const rng = createRng(seed, 'normals');
  return Float32Array.from({ length: size }, () => scale * rng.normal());
}

function lossOf({ model, bag, target, ctx }: Pass, params: Params): number {
  return tf.tidy(() => model.objective(params, bag.x, target, ctx).loss).dataSync()[0]!;
}

function gradientOf({ model, params, bag, target, ctx }: Pass): Record<string, Float32Array> {
  const { grads } = gradients(model, params, bag.x, target, ctx);
  return Object.fromEntries(
    Object.entries(params).map(([name, p]) => [
      name,
      (grads[name]?.dataSync() as Float32Array | undefined) ?? new Float32Array(p.size),
    ]),
  );
}

/** Central differences along the gradient of each parameter, and along random directions of all of them together. */
function gradientIsSlope(entry: Entry): void {
  const pass = passOf(entry.build(), 9);
  const grads = gradientOf(pass);
  const names = Object.keys(pass.params).filter((name) => !entry.behindConstant?.includes(name));
  const slope = (direction: Readonly<Record<string, Float32Array>>): { measured: number; expected: number } => {
    const h = 2e-3;
    const all = Object.entries(direction);
    const length = Math.hypot(...all.map(([, u]) => Math.hypot(...u)));
    const at = (step: number): number => {
      const params = { ...pass.params };
      for (const [name, u] of all) {
        const shift = tf.tensor(
          u.map((v) => (v * step) / length),
          pass.params[name]!.shape,
        );
        params[name] = tf.add(pass.params[name]!, shift);
      }
      return lossOf(pass, params);
    };
    const dot = all.reduce((sum, [name, u]) => u.reduce((s, v, i) => s + v * grads[name]![i]!, sum), 0);
    return { measured: (at(h) - at(-h)) / (2 * h), expected: dot / length };
  };
  const check = (label: string, { measured, expected }: { measured: number; expected: number }): void => {
    expect(Math.abs(measured - expected), `${label}: ${measured} for ${expected}`).toBeLessThan(
      1e-2 * Math.abs(expected) + 3e-4,
    );
  };
  let largest = 0;
  for (const name of names) {
    const own = Math.hypot(...grads[name]!);
    largest = Math.max(largest, own);
    if (own > 1e-3) check(name, slope({ [name]: grads[name]! }));
  }
  expect(largest).toBeGreaterThan(0.05);
  // Directions along which no relu changes sides within the step.
  for (const seed of entry.directions ?? [1, 2, 3]) {
    check(
      `random direction ${seed}`,
      slope(Object.fromEntries(names.map((name, i) => [name, normals(pass.params[name]!.size, 100 * seed + i)]))),
    );
  }
}

/** Attention over one instance is 1, every term that compares distributions is 0, and nothing is NaN. */
function oneInstance(model: Model): void {
  const pass = passOf(model, 1);
  const { objective } = gradients(model, pass.params, pass.bag.x, pass.target, pass.ctx);
  for (const [name, values] of Object.entries(gradientOf(pass))) {
    expect(values.every(Number.isFinite), name).toBe(true);
  }
  expect(objective.loss.dataSync()[0]!).toBeGreaterThan(0);
  const overTokens = model.config.asKeys === 'all';
  if (objective.terms.as && !overTokens) expect(Math.abs(objective.terms.as.dataSync()[0]!)).toBeLessThan(1e-5);
  const { map, attention } = model.forward(pass.params, pass.bag.x, evaluationOf(pass));
  for (const v of [...(map?.dataSync() ?? []), ...(attention?.dataSync() ?? [])]) expect(v).toBeCloseTo(1, 6);
}

function permutation(model: Model): void {
  const n = 11;
  const pass = passOf(model, n);
  const { params, bag } = pass;
  const order = createRng(5).shuffle(Array.from({ length: n }, (_, i) => i));
  const before = model.forward(params, bag.x, evaluationOf(pass));
  const after = model.forward(params, tf.gather(bag.x, order), evaluationOf(pass));
  expect(gap(after.logits, before.logits)).toBeLessThan(1e-5);
  for (const key of ['scores', 'attention', 'map'] as const) {
    if (!before[key]) continue; // pooling without attention
    const [a, b] = [after[key]!, before[key]!];
    expect(b.shape.at(-1)).toBe(n);
    expect(gap(a, tf.gather(b, order, b.rank - 1))).toBeLessThan(1e-5);
    expect(gap(a, b)).toBeGreaterThan(1e-4);
  }
}

/** Largest difference, relative to max(1, largest value). */
export function gap(a: tf.Tensor, b: tf.Tensor): number {
  expect(a.shape).toEqual(b.shape);
  const [p, q] = [a.dataSync(), b.dataSync()];
  let [error, scale] = [0, 1];
  for (let i = 0; i < p.length; i++) {
    error = Math.max(error, Math.abs(p[i]! - q[i]!));
    scale = Math.max(scale, Math.abs(q[i]!));
  }
  return error / scale;
}

/** A trainer for one test; what it holds is freed at the end. */
export function withTrainer<T>(
  model: Model,
  use: (trainer: Trainer) => T,
  given: { seed?: number; config?: Partial<TrainConfig>; executor?: Executor } = {},
): T {
  const executor = given.executor ?? new Executor({ compile: false });
  const trainer = new Trainer(model, { ...CONFIG, ...given.config }, given.seed ?? 1, executor);
  try {
    return use(trainer);
  } finally {
    trainer.dispose();
    executor.dispose();
  }
}

function noLeak(model: Model): void {
  withTrainer(
    model,
    (trainer) => {
      const bags = [toyBag(5, 0), toyBag(12, 2)];
      const round = (): void => {
        for (const [i, bag] of bags.entries()) {
          trainer.step(bag, i);
          trainer.evaluate(bag);
        }
        trainer.endEpoch();
      };
      // The first rounds trace, compile and fill each bag's memory.
      round();
      round();
      const before = tf.memory().numTensors;
      for (let i = 0; i < 3; i++) round();
      expect(tf.memory().numTensors).toBe(before);
    },
    { executor: new Executor() },
  );
}

/** All numbers of a state, bit by bit. */
export function bitsOf(state: TrainState): string {
  const tensors = [state.params, state.m, state.v, ...Object.values(state.trees)];
  return tensors.map((t) => Buffer.from(Float32Array.from(t.dataSync()).buffer).toString('hex')).join();
}

function seeds(model: Model): void {
  const run = (seed: number): string =>
    withTrainer(
      model,
      (trainer) => {
        for (let i = 0; i < 3; i++) trainer.step(toyBag(7 + i, i), i);
        trainer.endEpoch();
        return bitsOf(trainer.state);
      },
      { seed },
    );
  const first = run(1);
  // Compared first, since nobody wants to read the bits.
  expect(run(1) === first).toBe(true);
  expect(run(2) === first).toBe(false);
}

function constantTrees(model: Model): void {
  const pass = passOf(model, 8);
  const trees = Object.values(pass.ctx.trees).flatMap((tree) => Object.values(tree));
  if (trees.length === 0) return;
  const { grads } = tf
    .engine()
    .gradients(() => model.objective(pass.params, pass.bag.x, pass.target, pass.ctx).loss, trees, undefined, true);
  expect(grads.every((g) => g == null)).toBe(true);
  // The trees matter all the same.
  const shifted = Object.fromEntries(
    Object.entries(pass.ctx.trees).map(([name, tree]) => [
      name,
      Object.fromEntries(
        Object.entries(tree).map(([key, t], i) => [key, tf.add(t, tf.tensor(normals(t.size, i), t.shape))]),
      ),
    ]),
  );
  const other = lossOf({ ...pass, ctx: { ...pass.ctx, trees: shifted } }, pass.params);
  expect(Math.abs(other - lossOf(pass, pass.params))).toBeGreaterThan(2e-5);
}

/** One graph for every size of bag, a size that equals a width of the model included. */
function compiledIsEager(model: Model): void {
  const sizes = [HIDDEN, 1, 8, 11, 40, HIDDEN];
  const run = (executor: Executor): { losses: number[]; logits: Float32Array; map: Float32Array } =>
    withTrainer(
      model,
      (trainer) => {
        const losses = sizes.flatMap((n, i) => {
          const { loss, terms } = trainer.step(toyBag(n, i % DIMS.classes), i / sizes.length);
          return [loss, ...Object.values(terms)];
        });
        trainer.endEpoch();
        const { logits, map } = trainer.evaluate(toyBag(8));
        trainer.evaluate(toyBag(8));
        return { losses, logits, map: map?.values ?? new Float32Array() };
      },
      { executor },
    );
  const executor = new Executor({ compile: true });
  const compiled = run(executor);
  expect([...executor.fallbacks.values()]).toEqual([]);
  // A model may give its smallest bags a graph each (families called `N=…`), but no more.
  expect([...executor.perSize].filter(([key]) => !/N=\d+$/.test(key))).toEqual([]);
  const eager = run(new Executor({ compile: false }));
  for (const key of ['losses', 'logits', 'map'] as const) {
    compiled[key].forEach((v, i) => {
      const tolerance = 2e-6 * Math.max(1, Math.abs(eager[key][i]!));
      expect(Math.abs(v - eager[key][i]!), `${key} ${i}`).toBeLessThan(tolerance);
    });
  }
}
