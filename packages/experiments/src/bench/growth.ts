import type { BenchRow, SlideRow } from './types.js';

/** From this size on a step is mostly arithmetic, so that its growth can be read. */
const FROM = 1000;
/** A slope needs so many sizes. */
const FEWEST = 3;

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

/**
 * How time and memory of large bags grow with N, for every engine and model with three sizes from 1,000 on: medians, over
 * the largest decade of N, or over the three largest sizes where it has fewer. What fits into a cache is no part of the law.
 */
export function growthOf(rows: readonly BenchRow[]): Growth[] {
  const large = rows.filter(({ n }) => n >= FROM);
  const groups = grouped(large, ({ engine, model }) => [engine, model]);
  return groups
    .filter((group) => group.length >= FEWEST)
    .map((all) => {
      const group = largest(all);
      const sizes = group.map(({ n }) => n);
      const above = group.map(aboveBase);
      return {
        engine: group[0]!.engine,
        model: group[0]!.model,
        from: sizes[0]!,
        to: sizes.at(-1)!,
        time: slope(
          sizes,
          group.map(({ stepMsMedian }) => stepMsMedian),
        ),
        memory: above.every((mb) => mb > 0) ? slope(sizes, above) : null,
      };
    });
}

/** Ascending. */
function largest(group: readonly BenchRow[]): BenchRow[] {
  const sorted = [...group].sort((a, b) => a.n - b.n);
  const decade = sorted.filter(({ n }) => n >= sorted.at(-1)!.n / 10);
  return decade.length >= FEWEST ? decade : sorted.slice(-FEWEST);
}

/** Peak memory above that of the runtime and the engine alone, MiB. */
export function aboveBase({ peakRssMb, baseRssMb }: BenchRow): number {
  return peakRssMb - (baseRssMb ?? 0);
}

export interface SlideGrowth {
  readonly engine: string;
  readonly model: string;
  readonly budgetMb: number | null;
  /** Numbers of slides. */
  readonly from: number;
  readonly to: number;
  /** Slope of ln time over ln S. */
  readonly time: number;
  /** The same for the memory above that of the process on two slides; null if there is none to speak of. */
  readonly memory: number | null;
  /** Slope of peak memory over S on plain axes, MiB a slide. */
  readonly mbPerSlide: number;
}

/** How time and memory grow with the number of slides, for every engine, model and budget with three numbers of slides. */
export function slideGrowthOf(rows: readonly SlideRow[]): SlideGrowth[] {
  const groups = grouped(rows, ({ engine, model, budgetMb }) => [engine, model, budgetMb]);
  return groups
    .filter((group) => group.length >= FEWEST)
    .map((group) => {
      const counts = group.map(({ slides }) => slides);
      const above = group.map(({ peakRssMb, baseRssMb }) => peakRssMb - baseRssMb);
      const { engine, model, budgetMb } = group[0]!;
      return {
        engine,
        model,
        budgetMb,
        from: Math.min(...counts),
        to: Math.max(...counts),
        time: slope(
          counts,
          group.map(({ secondsMedian }) => secondsMedian),
        ),
        memory: above.every((mb) => mb > 0) ? slope(counts, above) : null,
        mbPerSlide: lineSlope(
          counts,
          group.map(({ peakRssMb }) => peakRssMb),
        ),
      };
    });
}

function grouped<T>(rows: readonly T[], key: (row: T) => unknown): T[][] {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const name = JSON.stringify(key(row));
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups.values()];
}

/** Least-squares slope of ln y over ln x. */
export function slope(xs: readonly number[], ys: readonly number[]): number {
  return lineSlope(xs.map(Math.log), ys.map(Math.log));
}

/** Least-squares slope of y over x. */
function lineSlope(u: readonly number[], v: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [mu, mv] = [mean(u), mean(v)];
  const cross = u.reduce((sum, value, i) => sum + (value - mu) * (v[i]! - mv), 0);
  return cross / u.reduce((sum, value) => sum + (value - mu) ** 2, 0);
}
