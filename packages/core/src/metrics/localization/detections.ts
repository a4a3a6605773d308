import type { Vector } from '../simplex.js';
import { checkTiles, type TileGrid, TileIndex, type TilePlaces } from './tiles.js';

/** A point where a model sees a lesion: level-0 pixels, the higher the score the surer. */
export interface Detection {
  readonly score: number;
  readonly x: number;
  readonly y: number;
}

/*
 * No source says how a map of tiles becomes points. Three ways: every tile above a threshold
 * (jafarinia/snuffy@4b5b918, `train.py`), one point for each local peak (baidu-research/NCRF@111c7d1, `wsi/bin/nms.py`,
 * there on a dense probability map), and one for each connected group of tiles, which is ours.
 */

/** The three ways by name; `nms` is the default of reports. */
export const POINTS = ['nms', 'tiles', 'components'] as const;
export type Points = (typeof POINTS)[number];

/** A point at every tile with a score of `threshold` or more, in the order of the tiles. */
export function tileDetections(scores: Vector, places: TilePlaces, threshold = 0.5): Detection[] {
  checkTiles(scores, places);
  const out: Detection[] = [];
  for (let i = 0; i < scores.length; i++) if (scores[i]! >= threshold) out.push(pointOf(scores, places, i));
  return out;
}

export interface PeakOptions {
  /** A peak silences the tiles up to this many steps away, in x and in y. Default 1. */
  readonly radius?: number;
  /** Peaks of this score and below are none. Default 0.5. */
  readonly stop?: number;
}

/** Non-maximum suppression: the best tile that is left, then without it and its neighbours, and so on; best first. */
export function peakDetections(
  scores: Vector,
  grid: TileGrid,
  { radius = 1, stop = 0.5 }: PeakOptions = {},
): Detection[] {
  checkTiles(scores, grid);
  const order = above(scores, (s) => s > stop).sort((a, b) => scores[b]! - scores[a]! || byPlace(grid, a, b));
  const index = new TileIndex(grid.coords, radius * grid.step0, order);
  const silent = new Uint8Array(scores.length);
  const out: Detection[] = [];
  for (const tile of order) {
    if (silent[tile]) continue;
    out.push(pointOf(scores, grid, tile));
    index.near(tile, (other) => {
      silent[other] = 1;
    });
  }
  return out;
}

/**
 * One point for each group of tiles with a score of `threshold` or more that neighbour each other (a step or less in x and in
 * y): at its best tile. In the order of the groups' first tiles, row by row.
 */
export function componentDetections(scores: Vector, grid: TileGrid, threshold = 0.5): Detection[] {
  checkTiles(scores, grid);
  const order = above(scores, (s) => s >= threshold).sort((a, b) => byPlace(grid, a, b));
  const index = new TileIndex(grid.coords, grid.step0, order);
  const seen = new Uint8Array(scores.length);
  const out: Detection[] = [];
  for (const first of order) {
    if (seen[first]) continue;
    seen[first] = 1;
    const group = [first];
    let best = first;
    // The list grows while it is walked.
    for (const tile of group) {
      if (scores[tile]! > scores[best]! || (scores[tile] === scores[best] && byPlace(grid, tile, best) < 0))
        best = tile;
      index.near(tile, (other) => {
        if (seen[other]) return;
        seen[other] = 1;
        group.push(other);
      });
    }
    out.push(pointOf(scores, grid, best));
  }
  return out;
}

/** Points of one of the three ways with its defaults. */
export function detect(points: Points, scores: Vector, grid: TileGrid): Detection[] {
  if (points === 'nms') return peakDetections(scores, grid);
  return points === 'tiles' ? tileDetections(scores, grid) : componentDetections(scores, grid);
}

function above(scores: Vector, keep: (score: number) => boolean): number[] {
  const out: number[] = [];
  for (let i = 0; i < scores.length; i++) if (keep(scores[i]!)) out.push(i);
  return out;
}

/** Smaller y first, then smaller x, then the order of the tiles. */
function byPlace({ coords }: TilePlaces, a: number, b: number): number {
  return coords[2 * a + 1]! - coords[2 * b + 1]! || coords[2 * a]! - coords[2 * b]! || a - b;
}

/** The tile's centre. */
function pointOf(scores: Vector, { coords, tile0 }: TilePlaces, tile: number): Detection {
  const half = Math.floor(tile0 / 2);
  return { score: scores[tile]!, x: coords[2 * tile]! + half, y: coords[2 * tile + 1]! + half };
}
