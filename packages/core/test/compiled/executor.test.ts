import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { compile, Executor, resolveEngine, type Sizing, type TensorFunction, tf, useEngine } from '../../src/index.js';

const missing = resolveEngine('auto').name !== 'native';

/** Sizing of a function whose only input is x [N, 3]. */
const rows = (n: number, shape: Sizing['shape'] = () => ({ family: '' })): Sizing => ({
  n,
  shape,
  example: (size) => ({ x: tf.ones([size, 3]) }),
});

const bag = (n: number): { x: tf.Tensor } => ({ x: tf.randomNormal([n, 3], 0, 1, 'float32', n) });

/** The compiled result next to the eager one. */
function compare(executor: Executor, key: string, f: TensorFunction, n: number, sizing: Sizing): void {
  const inputs = bag(n);
  const got = executor.run(key, f, inputs, sizing).y!;
  const want = f(inputs).y!;
  expect(got.shape).toEqual(want.shape);
  expect([...got.dataSync()]).toEqual([...want.dataSync()]);
}

describe.skipIf(missing)(missing ? 'executor: the native engine is not set up' : 'executor', () => {
  beforeAll(() => useEngine('native'));
  let executor: Executor;
  beforeEach(() => {
    tf.engine().startScope();
    executor = new Executor();
  });
  afterEach(() => {
    executor.dispose();
    tf.engine().endScope();
  });

  const twice: TensorFunction = ({ x }) => ({ y: tf.mul(tf.concat([x!, x!]), 2) });

  test('one graph for every size', () => {
    for (const n of [5, 1, 200]) compare(executor, 'twice', twice, n, rows(n));
    expect(executor.held.graphs).toBe(1);
    expect([executor.fallbacks.size, executor.perSize.size]).toEqual([0, 0]);
  });

  test('shapes that follow a further size', () => {
    const side = (n: number): number => Math.ceil(Math.sqrt(n));
    const grid: TensorFunction = ({ x }) => {
      const s = side(x!.shape[0]!);
      const padded = tf.concat([x!, tf.slice(x!, [0, 0], [s * s - x!.shape[0]!, 3])]);
      return { y: tf.sum(tf.reshape(padded, [s, s, 3]), 0) };
    };
    const shape: Sizing['shape'] = (n) => ({ family: '', sizes: [side(n), side(n) ** 2] });
    for (const n of [7, 60, 9, 1000]) compare(executor, 'grid', grid, n, rows(n, shape));
    expect(executor.held.graphs).toBe(1);
    expect(executor.perSize.size).toBe(0);
  });

  test('families have a graph each', () => {
    const few: TensorFunction = ({ x }) => ({ y: tf.slice(x!, [0, 0], [Math.min(4, x!.shape[0]!), 3]) });
    const shape: Sizing['shape'] = (n) => ({ family: n < 4 ? `N=${n}` : '' });
    for (const n of [9, 3, 20, 3, 2]) compare(executor, 'few', few, n, rows(n, shape));
    expect(executor.held.graphs).toBe(3);
  });

  test('a graph for each size where no law holds, the oldest thrown out at the limit', () => {
    const halves: TensorFunction = ({ x }) => ({ y: tf.slice(x!, [0, 0], [Math.floor(x!.shape[0]! / 2), 3]) });
    const small = new Executor({ maxBytes: 1 });
    for (const n of [8, 9, 8, 12]) {
      compare(small, 'halves', halves, n, rows(n));
      expect(small.held.graphs).toBe(1);
    }
    expect([...small.perSize.values()][0]).toMatch(/not linear/);
    expect(small.fallbacks.size).toBe(0);
    small.dispose();
    expect(small.held).toEqual({ graphs: 0, bytes: 0 });
  });

  test('what reads values runs eagerly, with the reason', () => {
    const reads: TensorFunction = ({ x }) => ({ y: tf.mul(x!, tf.scalar(tf.sum(x!).dataSync()[0]!)) });
    for (const n of [4, 6]) compare(executor, 'reads', reads, n, rows(n));
    const outside = tf.scalar(3);
    const uses: TensorFunction = ({ x }) => ({ y: tf.mul(x!, outside) });
    compare(executor, 'uses', uses, 4, rows(4));
    expect(executor.fallbacks.get('uses')).toMatch(/hand it in as an input/);
  });

  test('a graph that computes something else than the function is not used', () => {
    let calls = 0;
    // Each run adds another constant, which tracing freezes.
    const drifts: TensorFunction = ({ x }) => ({ y: tf.add(x!, tf.scalar(calls++)) });
    const out = executor.run('drifts', drifts, bag(3), rows(3));
    expect(executor.fallbacks.get('drifts')).toMatch(/differs by/);
    tf.dispose(out);
  });

  test('no file is left behind, and no operation that does nothing', () => {
    // A folder of its own: other processes compile steps in the common one at the same time.
    const own = mkdtempSync(join(tmpdir(), 'asmil-test-'));
    vi.stubEnv('TMPDIR', own);
    const f: TensorFunction = ({ x }) => {
      const n = x!.shape[0]!;
      const y = tf.mul(tf.reshape(tf.reshape(tf.cast(x!, 'float32'), [n, 3]), [n, 3]), tf.scalar(1));
      const unread = tf.exp(y);
      expect(unread.shape).toEqual(y.shape);
      return { y: tf.add(tf.square(y), tf.square(y)) };
    };
    const graph = compile(f, bag(4), rows(4));
    expect(graph.operations).toBe(2); // one square, one sum
    const y = graph.run(bag(4), 4).y!;
    expect([...y.dataSync()]).toEqual([...f(bag(4)).y!.dataSync()]);
    graph.dispose();
    vi.unstubAllEnvs();
    expect(readdirSync(own)).toEqual([]);
    rmSync(own, { recursive: true });
  });
});
