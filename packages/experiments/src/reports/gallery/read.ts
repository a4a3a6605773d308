import type { BagEpoch, NamedArrays } from '@asmil/core';
import type { Embedding, Slide } from './types.js';

type Bags = Readonly<Record<string, readonly BagEpoch[]>>;

/** The test bags of a run from its kept arrays (`Portrait.arrays` of core) and its dynamics, in the order of their names. */
export function slidesOf(arrays: NamedArrays, bags: Bags): Slide[] {
  return Object.keys(arrays)
    .filter((name) => name.startsWith('map/'))
    .map((name) => name.slice('map/'.length))
    .sort()
    .map((id): Slide => {
      const { shape, data } = arrays[`map/${id}`]!;
      const [epochs, n] = shape as [number, number];
      const series = bags[id] ?? [];
      return {
        id,
        n,
        label: arrays[`label/${id}`]!.data[0]!,
        coords: arrays[`coords/${id}`]?.data ?? null,
        instances: arrays[`instances/${id}`]?.data ?? null,
        maps: Array.from({ length: epochs }, (_, e) => data.subarray(e * n, (e + 1) * n)),
        jsd: series.map(({ jsd }) => jsd),
        crossEntropy: series.map(({ crossEntropy }) => crossEntropy),
      };
    });
}

/** The bag features that a run kept, by epoch. */
export function embeddingsOf(arrays: NamedArrays): Embedding[] {
  const labels = [...(arrays['feature-labels']?.data ?? [])];
  return Object.keys(arrays)
    .flatMap((name) => /^feature\/(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
    .map((epoch): Embedding => {
      const { shape, data } = arrays[`feature/${epoch}`]!;
      const [count, d] = shape as [number, number];
      return { epoch, labels, rows: Array.from({ length: count }, (_, i) => data.subarray(i * d, (i + 1) * d)) };
    });
}
