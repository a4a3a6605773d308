import type { Bag, Cohort, TileScores } from '@asmil/core';
import type { Polygon, SlideCohort } from '@asmil/data';

type Place = Omit<Bag, 'features'>;

/** A slide of 6 × 4 tiles; `marked` tiles (row × 6 + column) are labelled. */
export function place(id: string, marked: readonly number[]): Place {
  const coords = Int32Array.from({ length: 48 }, (_, k) => (k % 2 === 0 ? (k >> 1) % 6 : Math.floor((k >> 1) / 6)));
  const instanceLabels = Uint8Array.from({ length: 24 }, (_, i) => Number(marked.includes(i)));
  return { id, n: 24, d: 1, coords, label: Number(marked.length > 0), instanceLabels };
}

const square = (x: number, y: number, w: number, h: number): Polygon => ({
  rings: [
    [
      [x, y],
      [x + w, y],
      [x + w, y + h],
      [x, y + h],
    ],
  ],
});

/** Tile 7 is a lesion of a whole tile, tile 10 one that fills a quarter of its tile; `b` has none. */
export const places = [place('a', [7, 10]), place('b', []), place('c', [0])];

const outlines: Readonly<Record<string, Polygon[]>> = {
  a: [square(1, 1, 1, 1), square(4, 1, 0.5, 0.5)],
  b: [],
  c: [square(0, 0, 1, 1)],
};

/** Tiles of half a millimetre, so that every lesion is one to be found. */
export function toyCohort(over: Partial<SlideCohort> = {}): SlideCohort {
  return {
    name: 'toy',
    title: 'Toy slides (simulated)',
    simulated: true,
    provenance: 'made for tests',
    classes: ['normal', 'tumour'],
    dim: 1,
    bags: [],
    fingerprint: 'toy',
    tile: { px: 256, um: 1024 },
    splits: () => [],
    load: async () => {
      throw new Error('localisation loads no features');
    },
    outlines: async (id) => outlines[id]!,
    ...over,
  } satisfies Cohort & SlideCohort;
}

/** Scores of all tiles by slide: 0.01 each, but for those given. */
export function scores(
  given: Readonly<Record<string, Readonly<Record<number, number>>>>,
  logits?: Readonly<Record<string, Readonly<Record<number, number>>>>,
): Map<string, TileScores> {
  const list = (own: Readonly<Record<number, number>> | undefined) =>
    Float32Array.from({ length: 24 }, (_, i) => own?.[i] ?? 0.01);
  return new Map(
    places.map((bag) => [
      bag.id,
      { bag, attention: list(given[bag.id]), ...(logits && { logits: list(logits[bag.id]) }) },
    ]),
  );
}
