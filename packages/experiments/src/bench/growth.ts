import type { BenchRow } from './types.js';

/** From this size on a step is mostly arithmetic, so that its growth can be read. */
const FROM = 1000;

export interface Growth {
  readonly engine: string;
  readonly model: string;
  readonly from: number;
  readonly to: number;
  /** Slope of ln time over ln N: 1 is linear, 2 quadratic. */
  readonly time: number;
  /** The same for the memory above what the runtime takes; null if there is none to speak of. */
  readonly memory: number | null;
}

/** How time and memory of large bags grow with N, for every engine and model with three sizes from 1,000 on. */
export function growthOf(rows: readonly BenchRow[]): Growth[] {
  const groups = new Map<string, BenchRow[]>();
  for (const row of rows.filter(({ n }) => n >= FROM)) {
    const key = JSON.stringify([row.engine, row.model]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()]
    .filter((group) => group.length >= 3)
    .map((group) => {
      const sizes = group.map(({ n }) => n);
      const above = group.map(({ peakRssMb, baseRssMb }) => peakRssMb - (baseRssMb ?? 0));
      return {
        engine: group[0]!.engine,
        model: group[0]!.model,
        from: Math.min(...sizes),
        to: Math.max(...sizes),
        time: slope(
          sizes,
          group.map(({ stepMsMin }) => stepMsMin),
        ),
        memory: above.every((mb) => mb > 0) ? slope(sizes, above) : null,
      };
    });
}

/** Least-squares slope of ln y over ln x. */
export function slope(xs: readonly number[], ys: readonly number[]): number {
  const u = xs.map(Math.log);
  const v = ys.map(Math.log);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [mu, mv] = [mean(u), mean(v)];
  const cross = u.reduce((sum, value, i) => sum + (value - mu) * (v[i]! - mv), 0);
  return cross / u.reduce((sum, value) => sum + (value - mu) ** 2, 0);
}
