import { createRng } from '@asmil/core';
import type { Scale } from '../registry.js';
import { drawDeviate, power } from './noise.js';

export type SimName = 'camelyon16-sim' | 'camelyon17-sim' | 'bracs-sim';

/** A slide as the cohort lists it. `pool`: to be divided into training and validation by the split seed. */
export interface SlideEntry {
  readonly id: string;
  readonly label: number;
  readonly group: string;
  readonly part: 'pool' | 'train' | 'val' | 'test';
  readonly centre: number;
  /** Tiles. */
  readonly n: number;
}

/** Tiles per slide: log-normal around the median, cut to [min, max]. */
export interface TileCounts {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export const TILES: Readonly<Record<Scale, TileCounts>> = {
  paper: { median: 8000, min: 2000, max: 30000 },
  standard: { median: 1000, min: 300, max: 3000 },
  quick: { median: 150, min: 60, max: 400 },
};

/** e^0.6: ratio of tile counts one standard deviation apart. */
const SPREAD_RATIO = 1.8221188;

/** Width of a tile at full scale: 256 pixels of 0.5 µm. */
const FULL_TILE_UM = 128;

/**
 * Width of a tile, µm. A reduced slide is the full-size slide seen through fewer, wider tiles: its area and the
 * lesions' millimetres stay, so that a lesion covers the same share of the slide (at least one tile) at every scale.
 */
export function tileUm(scale: Scale): number {
  return FULL_TILE_UM * Math.sqrt(TILES.paper.median / TILES[scale].median);
}

type Counts = readonly number[];

/** Slides per class. CAMELYON-16: normal, tumour. */
const CAMELYON16: Readonly<Record<Scale, { pool: Counts; val: Counts; test: Counts }>> = {
  paper: { pool: [159, 111], val: [16, 11], test: [80, 49] },
  standard: { pool: [73, 51], val: [16, 11], test: [37, 23] },
  quick: { pool: [33, 23], val: [9, 7], test: [19, 11] },
};

/** BRACS, official split: benign, atypical, malignant. */
const BRACS: Readonly<Record<Scale, { train: Counts; val: Counts; test: Counts }>> = {
  paper: { train: [203, 52, 140], val: [30, 14, 21], test: [32, 23, 32] },
  standard: { train: [81, 21, 56], val: [18, 9, 13], test: [22, 16, 22] },
  quick: { train: [31, 8, 21], val: [9, 4, 7], test: [11, 8, 11] },
};

/** CAMELYON-17, slides per centre and class (negative, ITC, micro, macro) at full size. */
const CAMELYON17: readonly Counts[] = [
  [64, 11, 10, 15],
  [58, 7, 23, 12],
  [75, 2, 8, 15],
  [60, 8, 13, 19],
  [61, 8, 5, 26],
];

/** Patients (of five nodes) per centre, for training and test centres, and patients held out for validation. */
export const CAMELYON17_PATIENTS: Readonly<Record<Scale, { pool: number; test: number; val: number }>> = {
  paper: { pool: 20, test: 20, val: 6 },
  standard: { pool: 9, test: 10, val: 5 },
  quick: { pool: 5, test: 4, val: 3 },
};

const NODES = 5;

/** Validation slides per class that CAMELYON-16 takes from its pool. */
export const camelyon16Val = (scale: Scale): Counts => CAMELYON16[scale].val;

function tileCount(seed: number, id: string, scale: Scale): number {
  const { median, min, max } = TILES[scale];
  const z = drawDeviate(createRng(seed, 'tiles', id));
  return Math.min(max, Math.max(min, Math.floor(median * power(SPREAD_RATIO, z) + 0.5)));
}

/** Class counts scaled to `total` slides: largest remainders, at least one slide of a class that is there at all. */
export function scaleCounts(counts: Counts, total: number): number[] {
  const all = counts.reduce((a, b) => a + b, 0);
  const exact = counts.map((c) => (c * total) / all);
  const out = exact.map((e, k) => (counts[k]! > 0 ? Math.max(1, Math.floor(e)) : 0));
  for (let rest = total - out.reduce((a, b) => a + b, 0); rest !== 0; rest -= Math.sign(rest)) {
    const gap = exact.map((e, k) => (e - out[k]!) * Math.sign(rest));
    out[gap.indexOf(Math.max(...gap))]! += Math.sign(rest);
  }
  return out;
}

/** Labels per patient of one centre: positive nodes gather in some of the patients, as they do in the clinic. */
function centreLabels(seed: number, centre: number, patients: number): number[][] {
  const rng = createRng(seed, 'patients', centre, patients);
  const counts = scaleCounts(CAMELYON17[centre]!, patients * NODES);
  const positive = rng.shuffle(counts.flatMap((c, label) => (label > 0 ? Array<number>(c).fill(label) : [])));
  const labels = Array.from({ length: patients }, () => Array<number>(NODES).fill(0));
  const affected = Math.max(Math.ceil(positive.length / NODES), Math.ceil(patients * 0.65));
  const places = rng.shuffle(Array.from({ length: affected * NODES }, (_, i) => i)).slice(0, positive.length);
  for (const [i, place] of places.entries()) labels[Math.floor(place / NODES)]![place % NODES] = positive[i]!;
  return labels;
}

function camelyon17(seed: number, scale: Scale): SlideEntry[] {
  const size = CAMELYON17_PATIENTS[scale];
  return CAMELYON17.flatMap((_, centre) => {
    const part = centre < 3 ? 'pool' : 'test';
    return centreLabels(seed, centre, part === 'pool' ? size.pool : size.test).flatMap((nodes, p) => {
      const group = `patient_${String(centre * 20 + p).padStart(3, '0')}`;
      return nodes.map((label, node): SlideEntry => {
        const id = `${group}_node_${node}`;
        return { id, label, group, part, centre, n: tileCount(seed, id, scale) };
      });
    });
  });
}

/** Slides named by part, class and number; every slide is its own group. */
function plain(seed: number, scale: Scale, part: SlideEntry['part'], counts: Counts, names: Counts | string[]) {
  return counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i): SlideEntry => {
      const id = `${names[label]}_${String(i + 1).padStart(3, '0')}`;
      return { id, label, group: id, part, centre: 0, n: tileCount(seed, id, scale) };
    }),
  );
}

/** All slides of a cohort at a scale. */
export function listSlides(name: SimName, seed: number, scale: Scale): SlideEntry[] {
  if (name === 'camelyon17-sim') return camelyon17(seed, scale);
  if (name === 'camelyon16-sim') {
    const { pool, test } = CAMELYON16[scale];
    return [
      ...plain(seed, scale, 'pool', pool, ['normal', 'tumor']),
      ...plain(seed, scale, 'test', test, ['test_normal', 'test_tumor']),
    ];
  }
  return (['train', 'val', 'test'] as const).flatMap((part) =>
    plain(seed, scale, part, BRACS[scale][part], [`${part}_benign`, `${part}_atypical`, `${part}_malignant`]),
  );
}
