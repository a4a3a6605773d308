import type { Mask } from './mask.js';
import { checkTiles, type TilePlaces } from './tiles.js';

/** Dice = 2 |P ∩ G| / (|P| + |G|); null where both are empty. */
export function dice(predicted: number, truth: number, both: number): number | null {
  return predicted + truth === 0 ? null : (2 * both) / (predicted + truth);
}

/** Dice of two lists of marks (0 or 1), one a tile; null where neither has any. */
export function diceOfTiles(predicted: ArrayLike<number>, truth: ArrayLike<number>): number | null {
  const { tp, fp, fn } = confusionOfTiles(predicted, truth);
  return dice(tp + fp, tp + fn, tp);
}

export function confusionOfTiles(
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
): { tp: number; fp: number; tn: number; fn: number } {
  if (predicted.length !== truth.length)
    throw new Error(`tiles: ${predicted.length} predictions for ${truth.length} labels; expected as many`);
  const counts = { tp: 0, fp: 0, tn: 0, fn: 0 };
  for (let i = 0; i < truth.length; i++) counts[predicted[i] ? (truth[i] ? 'tp' : 'fp') : truth[i] ? 'fn' : 'tn']++;
  return counts;
}

export interface CanvasOptions {
  /** Level-0 pixels along a side of a pixel of the canvas; 32 at level 5. */
  readonly downsample: number;
}

/** Blocks of ⌊tile side / downsample⌋ pixels; called with the rows and columns of each that lie on the canvas. */
function eachBlock(
  places: TilePlaces,
  tiles: number,
  { height, width }: Pick<Mask, 'height' | 'width'>,
  { downsample }: CanvasOptions,
  visit: (tile: number, top: number, left: number, bottom: number, right: number) => void,
): void {
  const side = Math.floor(places.tile0 / downsample);
  for (let i = 0; i < tiles; i++) {
    const left = Math.floor(places.coords[2 * i]! / downsample);
    const top = Math.floor(places.coords[2 * i + 1]! / downsample);
    const [bottom, right] = [Math.min(height, top + side), Math.min(width, left + side)];
    visit(i, Math.max(0, top), Math.max(0, left), bottom, right);
  }
}

/**
 * The union of the blocks of the marked tiles on a canvas [height, width], clipped at its border
 * (paul-tourniaire/MS-CLAM@18e8827 drops the last rows and columns instead).
 */
export function tileMask(
  marked: ArrayLike<number>,
  places: TilePlaces,
  size: Pick<Mask, 'height' | 'width'>,
  options: CanvasOptions,
): Mask {
  checkTiles(marked, places);
  const { height, width } = size;
  const data = new Uint8Array(height * width);
  eachBlock(places, marked.length, size, options, (tile, top, left, bottom, right) => {
    if (!marked[tile] || left >= right) return;
    for (let row = top; row < bottom; row++) data.fill(1, row * width + left, row * width + right);
  });
  return { height, width, data };
}

/** Share of each tile's block that is set in a mask; what lies outside the mask is not set. [N] */
export function blockCoverage(mask: Mask, places: TilePlaces, options: CanvasOptions): Float64Array {
  const n = places.coords.length / 2;
  const out = new Float64Array(n);
  const side = Math.floor(places.tile0 / options.downsample);
  eachBlock(places, n, mask, options, (tile, top, left, bottom, right) => {
    let set = 0;
    for (let row = top; row < bottom; row++) {
      for (let at = row * mask.width + left; at < row * mask.width + right; at++) set += mask.data[at]!;
    }
    out[tile] = side === 0 ? 0 : set / (side * side);
  });
  return out;
}

/** Dice of two masks of one size, pixel by pixel; null where both are empty. */
export function diceOfMasks(predicted: Mask, truth: Mask): number | null {
  if (predicted.height !== truth.height || predicted.width !== truth.width)
    throw new Error(
      `Dice: masks of ${predicted.height} × ${predicted.width} and ${truth.height} × ${truth.width} pixels; expected one size`,
    );
  let [p, g, both] = [0, 0, 0];
  for (let i = 0; i < truth.data.length; i++) {
    const [a, b] = [predicted.data[i]!, truth.data[i]!];
    p += a;
    g += b;
    both += a & b;
  }
  return dice(p, g, both);
}

/** Share of a normal slide's tiles that are not above the threshold; null for a slide without tiles. */
export function specificity(scores: ArrayLike<number>, threshold = 0.5): number | null {
  if (scores.length === 0) return null;
  let above = 0;
  for (let i = 0; i < scores.length; i++) if (scores[i]! > threshold) above++;
  return 1 - above / scores.length;
}

/** Marks of the tiles with a score of `threshold` or more. */
export function marks(scores: ArrayLike<number>, threshold = 0.5): Uint8Array {
  return Uint8Array.from({ length: scores.length }, (_, i) => Number(scores[i]! >= threshold));
}
