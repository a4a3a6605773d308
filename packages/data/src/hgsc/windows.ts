import type { Split } from '@asmil/core';
import type { Grid } from './grid.js';

/** Tiles of a block's side. Bags of one block never stand on two sides of a split. */
export const BLOCK_TILES = 48;
/** Tiles between a window and the edge of its block. */
const MARGIN = 2;
/** Tiles of the side of a block without the margin. */
export const BLOCK_SIDE = BLOCK_TILES - 2 * MARGIN;
/** Blocks in one row of blocks; part of the block number. */
export const BLOCKS_ACROSS = 4;
const FOLDS = 5;

/** A square window of tiles inside one block. */
export interface Window {
  readonly block: number;
  /** Column and row of the first tile. */
  readonly x: number;
  readonly y: number;
}

/** All windows of `side` tiles at the given stride, ordered by block row, block column, y, x. */
export function windowsOf(grid: Grid, side: number, stride: number): Window[] {
  const out: Window[] = [];
  for (let by = 0; by * BLOCK_TILES < grid.rows; by++) {
    for (let bx = 0; bx * BLOCK_TILES < grid.cols; bx++) {
      const x0 = bx * BLOCK_TILES;
      const y0 = by * BLOCK_TILES;
      const xEnd = Math.min(x0 + BLOCK_TILES - MARGIN, grid.cols);
      const yEnd = Math.min(y0 + BLOCK_TILES - MARGIN, grid.rows);
      for (let y = y0 + MARGIN; y + side <= yEnd; y += stride) {
        for (let x = x0 + MARGIN; x + side <= xEnd; x += stride) out.push({ block: BLOCKS_ACROSS * by + bx, x, y });
      }
    }
  }
  return out;
}

/** All blocks without their margin, as windows of `BLOCK_SIDE` tiles; those at the far edges of the grid reach beyond it. */
export function blocksOf(grid: Grid): Window[] {
  const out: Window[] = [];
  for (let by = 0; by * BLOCK_TILES < grid.rows; by++) {
    for (let bx = 0; bx * BLOCK_TILES < grid.cols; bx++) {
      out.push({ block: BLOCKS_ACROSS * by + bx, x: bx * BLOCK_TILES + MARGIN, y: by * BLOCK_TILES + MARGIN });
    }
  }
  return out;
}

/** Tile indices of a window that `keep` accepts, ascending. */
export function tilesInWindow(grid: Grid, window: Window, side: number, keep: (tile: number) => boolean): number[] {
  const out: number[] = [];
  for (let row = window.y; row < Math.min(window.y + side, grid.rows); row++) {
    for (let col = window.x; col < Math.min(window.x + side, grid.cols); col++) {
      const tile = row * grid.cols + col;
      if (keep(tile)) out.push(tile);
    }
  }
  return out;
}

/** The side on which a block stands in a fold: every block is test in exactly one of the five. */
export function sideOf(block: number, fold: number): 'train' | 'val' | 'test' {
  const bx = block % BLOCKS_ACROSS;
  const by = Math.floor(block / BLOCKS_ACROSS);
  const g = (bx + 2 * by + fold) % FOLDS;
  return g <= 2 ? 'train' : g === 3 ? 'val' : 'test';
}

/** The five spatial folds `fold0` … `fold4` of a list of bags. */
export function foldsOf(bags: readonly { readonly id: string; readonly block: number }[]): Split[] {
  return Array.from({ length: FOLDS }, (_, fold) => {
    const on = (side: string): string[] => bags.filter((b) => sideOf(b.block, fold) === side).map((b) => b.id);
    return { name: `fold${fold}`, train: on('train'), val: on('val'), test: on('test') };
  });
}
