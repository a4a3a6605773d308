import { HALF_TILE } from './grid.js';
import { mulberry32 } from './mulberry32.js';
import type { TileTable } from './tiles.js';
import { BLOCK_SIDE, BLOCKS_ACROSS, blocksOf, tilesInWindow, type Window, windowsOf } from './windows.js';

/** One bag as a list of tiles. */
export interface WindowBag extends Window {
  readonly id: string;
  readonly label: number;
  /** Side of the window in tiles. */
  readonly side: number;
  /** Tile indices of the instances, ascending. */
  readonly tiles: readonly number[];
  /** Needle cohorts only. In a bag with label 0, `k` and `focus` were drawn and play no part; `needles` is empty. */
  readonly needle?: { readonly k: number; readonly focus: number; readonly needles: readonly number[] };
}

/** Rule of a cohort whose windows are edited: tiles without tumour, plus k needles in positive bags. */
export interface NeedleRule {
  readonly kind: 'needle';
  /** Needles for each negative tile. */
  readonly share: number;
  /** Tumour samples of a needle, both inclusive. */
  readonly lo: number;
  readonly hi: number;
}

/** Rule of a cohort of whole windows: class from the tumour in it, undefined where the window is dropped. */
export interface UneditedRule {
  readonly kind: 'unedited';
  readonly side: number;
  readonly stride: number;
  readonly minTiles: number;
  label(table: TileTable, tiles: readonly number[]): number | undefined;
}

const NEEDLE_SIDE = 16;
const NEEDLE_STRIDE = 7;
const MIN_NEGATIVES = 48;
/** Generator of a block: mulberry32(LABEL_SEED · 1000 + block). */
const LABEL_SEED = 7;

const tumourFraction = (table: TileTable, tiles: readonly number[]): number => {
  let tumour = 0;
  let tissue = 0;
  for (const t of tiles) {
    tumour += table.cover.tumor[t]!;
    tissue += table.tissue[t]!;
  }
  return tumour / tissue;
};

/** The rules of the four window cohorts. */
export const BAG_RULES = {
  needle: { kind: 'needle', share: 0.02, lo: HALF_TILE, hi: 256 },
  partial: { kind: 'needle', share: 0.05, lo: 51, hi: 127 },
  share3: {
    kind: 'unedited',
    side: 16,
    stride: 7,
    minTiles: 128,
    label(table, tiles) {
      const q = tumourFraction(table, tiles);
      return Number(q >= 0.2) + Number(q >= 0.5);
    },
  },
  natural8: {
    kind: 'unedited',
    side: 8,
    stride: 4,
    minTiles: 32,
    label(table, tiles) {
      const p = tiles.filter((t) => table.cover.tumor[t]! >= HALF_TILE).length / tiles.length;
      return p === 0 ? 0 : p <= 0.2 ? 1 : undefined;
    },
  },
} as const satisfies Record<string, NeedleRule | UneditedRule>;
export type BagCohort = keyof typeof BAG_RULES;

// The two digits are the block's row and column.
const bagId = (cohort: string, w: Window): string =>
  `${cohort}-b${Math.floor(w.block / BLOCKS_ACROSS)}${w.block % BLOCKS_ACROSS}-x${w.x}-y${w.y}`;

function tissueOf(table: TileTable): Uint8Array {
  const isTissue = new Uint8Array(table.count.length);
  for (const t of table.tissueTiles) isTissue[t] = 1;
  return isTissue;
}

/** Blocks with fewer tissue tiles than an unedited window of 16 × 16 must have are left out. */
const MIN_BLOCK_TILES = 128;

/** A bag a block: all its tissue tiles, those at its edge left out; label 1 with a tumour tile. */
export function blockBags(table: TileTable): WindowBag[] {
  const isTissue = tissueOf(table);
  return blocksOf(table.grid).flatMap((window) => {
    const tiles = tilesInWindow(table.grid, window, BLOCK_SIDE, (t) => isTissue[t] === 1);
    if (tiles.length < MIN_BLOCK_TILES) return [];
    const label = Number(tiles.some((t) => table.cover.tumor[t]! >= HALF_TILE));
    return [{ id: bagId('blocks', window), ...window, side: BLOCK_SIDE, label, tiles }];
  });
}

/** All bags of a cohort, in window order. */
export function buildBags(cohort: BagCohort, table: TileTable): WindowBag[] {
  const isTissue = tissueOf(table);
  const rule: NeedleRule | UneditedRule = BAG_RULES[cohort];
  return rule.kind === 'needle' ? needleBags(cohort, rule, table, isTissue) : wholeBags(cohort, rule, table, isTissue);
}

function wholeBags(cohort: string, rule: UneditedRule, table: TileTable, isTissue: Uint8Array): WindowBag[] {
  const out: WindowBag[] = [];
  for (const window of windowsOf(table.grid, rule.side, rule.stride)) {
    const tiles = tilesInWindow(table.grid, window, rule.side, (t) => isTissue[t] === 1);
    if (tiles.length < rule.minTiles) continue;
    const label = rule.label(table, tiles);
    if (label !== undefined) out.push({ id: bagId(cohort, window), ...window, side: rule.side, label, tiles });
  }
  return out;
}

function needleBags(cohort: string, rule: NeedleRule, table: TileTable, isTissue: Uint8Array): WindowBag[] {
  const { grid, cover } = table;
  const tumour = cover.tumor;
  const usable = windowsOf(grid, NEEDLE_SIDE, NEEDLE_STRIDE).flatMap((window) => {
    const pick = (keep: (samples: number) => boolean): number[] =>
      tilesInWindow(grid, window, NEEDLE_SIDE, (t) => isTissue[t] === 1 && keep(tumour[t]!));
    const negatives = pick((s) => s === 0);
    const candidates = pick((s) => s >= rule.lo && s <= rule.hi);
    const k = Math.max(1, Math.floor(rule.share * negatives.length + 0.5));
    return negatives.length >= MIN_NEGATIVES && candidates.length >= k ? [{ window, negatives, candidates, k }] : [];
  });

  const out: WindowBag[] = [];
  for (const block of new Set(usable.map((u) => u.window.block))) {
    const own = usable.filter((u) => u.window.block === block);
    const random = mulberry32(LABEL_SEED * 1000 + block);
    const labels = alternatingLabels(own.length, random);
    own.forEach(({ window, negatives, candidates, k }, i) => {
      // Drawn for negative bags too, so that a label does not move the draws of the windows after it.
      const focus = candidates[Math.floor(random() * candidates.length)]!;
      const needles = labels[i] === 1 ? nearestTiles(candidates, focus, k, grid.cols) : [];
      const tiles = [...negatives, ...needles].sort((a, b) => a - b);
      out.push({
        id: bagId(cohort, window),
        ...window,
        side: NEEDLE_SIDE,
        label: labels[i]!,
        tiles,
        needle: { k, focus, needles },
      });
    });
  }
  return out;
}

/** Label of each of n windows: position in a shuffled list, modulo 2. */
function alternatingLabels(n: number, random: () => number): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const labels = new Array<number>(n);
  order.forEach((window, q) => {
    labels[window] = q % 2;
  });
  return labels;
}

/** The k candidates nearest to the focus (squared distance in tiles, ties by smaller index), ascending by index. */
export function nearestTiles(candidates: readonly number[], focus: number, k: number, cols: number): number[] {
  const fx = focus % cols;
  const fy = Math.floor(focus / cols);
  const distance = (t: number): number => ((t % cols) - fx) ** 2 + (Math.floor(t / cols) - fy) ** 2;
  return [...candidates]
    .sort((a, b) => distance(a) - distance(b) || a - b)
    .slice(0, k)
    .sort((a, b) => a - b);
}
