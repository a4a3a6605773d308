import { type Bag, type Split, UserError } from '@asmil/core';
import { BAG_RULES, type BagCohort, blockBags, buildBags, type WindowBag } from './bags.js';
import type { HgscSlide } from './cache.js';
import { FEATURE_NAMES } from './features.js';
import { HALF_TILE } from './grid.js';
import { NEIGHBOURHOOD_NAMES } from './neighbourhood.js';
import { columnMoments, type Moments, standardised } from './standardise.js';

/** Id of the one bag that holds all tissue tiles. */
export const WHOLE_SLIDE = 'slide';
/** First part of the ids of bags that hold a whole block. */
export const BLOCKS = 'blocks';

/** Lists of bags on the slide. */
export type BagList = BagCohort | typeof WHOLE_SLIDE | typeof BLOCKS;

/** What `createBagReader` gives. */
export interface BagReader {
  readonly dim: number;
  /** All bags of a window cohort, those of whole blocks, or the one bag of the whole slide. */
  bags(list: BagList): readonly WindowBag[];
  /** The bag of any cohort of the slide by its id. Throws `UserError`. */
  find(id: string): WindowBag;
  /** Its features [n, dim], standardised over the distinct tiles of `split.train`. */
  load(id: string, split: Split): Bag;
}

/**
 * Turns lists of tiles into bags. Features are standardised with mean and population deviation over the distinct tiles of
 * a split's training bags (float64), which may belong to any cohort of the slide: the whole slide can be looked at through
 * a split of `needle`. A split without training bags standardises over all tissue tiles.
 *
 * `neighbourhood` appends the eight features of the 3 × 3 tiles around (D = 68).
 */
export function createBagReader(slide: HgscSlide, options: { readonly neighbourhood?: boolean } = {}): BagReader {
  const { table } = slide;
  const { cols } = table.grid;
  const dim = FEATURE_NAMES.length + (options.neighbourhood ? NEIGHBOURHOOD_NAMES.length : 0);
  const features = options.neighbourhood ? sideBySide(slide) : slide.features;
  const rowOf = new Int32Array(table.count.length).fill(-1);
  table.tissueTiles.forEach((t, row) => {
    rowOf[t] = row;
  });

  const lists = new Map<string, readonly WindowBag[]>();
  const bags = (name: BagList): readonly WindowBag[] => {
    let list = lists.get(name);
    if (!list) {
      if (name === WHOLE_SLIDE) list = [wholeSlide(slide)];
      else list = name === BLOCKS ? blockBags(table) : buildBags(name, table);
      lists.set(name, list);
    }
    return list;
  };
  const byId = new Map<string, WindowBag>();
  const find = (id: string): WindowBag => {
    const name = id.split('-', 1)[0]!;
    if (!byId.has(id) && (name === WHOLE_SLIDE || name === BLOCKS || Object.hasOwn(BAG_RULES, name))) {
      for (const bag of bags(name as BagList)) byId.set(bag.id, bag);
    }
    const bag = byId.get(id);
    if (!bag)
      throw new UserError(`no bag '${id}' on the HGSC slide, expected an id like '${bags('needle')[0]?.id}'`, 2);
    return bag;
  };

  // Keyed by the list itself: a split is loaded from hundreds of times in a run.
  const known = new WeakMap<readonly string[], Moments>();
  const momentsOf = (train: readonly string[]): Moments => {
    let moments = known.get(train);
    if (!moments) {
      const used = new Uint8Array(table.tissueTiles.length).fill(train.length === 0 ? 1 : 0);
      for (const id of train) for (const t of find(id).tiles) used[rowOf[t]!] = 1;
      const rows: number[] = [];
      used.forEach((u, row) => {
        if (u) rows.push(row);
      });
      moments = columnMoments(features, dim, rows);
      known.set(train, moments);
    }
    return moments;
  };

  return {
    dim,
    bags,
    find,
    load(id, split) {
      const bag = find(id);
      const n = bag.tiles.length;
      const coords = new Int32Array(2 * n);
      bag.tiles.forEach((t, i) => {
        coords[2 * i] = t % cols;
        coords[2 * i + 1] = Math.floor(t / cols);
      });
      const rows = bag.tiles.map((t) => rowOf[t]!);
      return {
        id,
        n,
        d: dim,
        features: standardised(features, dim, rows, momentsOf(split.train)),
        coords,
        label: bag.label,
        instanceLabels: Uint8Array.from(bag.tiles, (t) => Number(isPositive(slide, bag, t))),
      };
    },
  };
}

/** A needle of an edited bag; in an unedited one a tile half of which or more is tumour. */
function isPositive(slide: HgscSlide, bag: WindowBag, tile: number): boolean {
  return bag.needle ? bag.needle.needles.includes(tile) : slide.table.cover.tumor[tile]! >= HALF_TILE;
}

function wholeSlide({ table }: HgscSlide): WindowBag {
  const side = Math.max(table.grid.cols, table.grid.rows);
  return { id: WHOLE_SLIDE, block: 0, x: 0, y: 0, side, label: 1, tiles: Array.from(table.tissueTiles) };
}

/** Features and neighbourhood features in one table, [tissue tiles, 68]. */
function sideBySide({ table, features, neighbourhood }: HgscSlide): Float64Array {
  const a = FEATURE_NAMES.length;
  const b = NEIGHBOURHOOD_NAMES.length;
  const out = new Float64Array(table.tissueTiles.length * (a + b));
  for (let row = 0; row < table.tissueTiles.length; row++) {
    out.set(features.subarray(row * a, (row + 1) * a), row * (a + b));
    out.set(neighbourhood.subarray(row * b, (row + 1) * b), row * (a + b) + a);
  }
  return out;
}
