import type { BenchRow } from './types.js';

/**
 * The best matrix-product rate that any process of an engine measured: on a busy machine a single process may have caught
 * a bad moment.
 */
export function peaksOf(rows: readonly BenchRow[]): { engine: string; gflops: number }[] {
  const best = new Map<string, number>();
  for (const { engine, matmulGflops } of rows) {
    if (matmulGflops !== null) best.set(engine, Math.max(matmulGflops, best.get(engine) ?? 0));
  }
  return [...best].map(([engine, rate]) => ({ engine, gflops: rate }));
}
