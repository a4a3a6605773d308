import { EdgeIndex } from '../annotations/edges.js';
import { strictlyInside, touches } from '../annotations/inside.js';
import type { Ring } from '../ring.js';
import type { TissuePiece } from './tissue/tissue.js';

/**
 * Upper left corners of the tiles on tissue, x and y in turn [2N], pixels of level 0. Each piece of tissue has a grid of its
 * own that begins at the corner of its bounding box, in columns from left to right; tiles may pass the slide's border. A tile
 * counts if one of four points around its centre lies in the piece or on its border, and its centre in no hole.
 * Source: mahmoodlab/CLAM@53e2409 (`wsi_core/WholeSlideImage.py`, `process_contour`; `four_pt`).
 */
export function tilesOf(pieces: readonly TissuePiece[], side: number): Int32Array {
  return Int32Array.from(pieces.flatMap((piece) => tilesOfPiece(piece, side)));
}

function tilesOfPiece({ outer, holes }: TissuePiece, side: number): number[] {
  const xs = outer.filter((_, i) => i % 2 === 0);
  const ys = outer.filter((_, i) => i % 2 === 1);
  const [left, right] = [least(xs), most(xs)];
  const [top, bottom] = [least(ys), most(ys)];
  const inPiece = new EdgeIndex([ringOf(outer)], side);
  const inHoles = new EdgeIndex(holes.map(ringOf), side);
  const half = Math.floor(side / 2);
  const shift = Math.trunc(half * 0.5);
  const found: number[] = [];
  for (let x = left; x <= right; x += side) {
    for (let y = top; y <= bottom; y += side) {
      const [cx, cy] = [x + half, y + half];
      const onTissue =
        touches(inPiece, cx + shift, cy + shift) ||
        touches(inPiece, cx - shift, cy - shift) ||
        touches(inPiece, cx + shift, cy - shift) ||
        touches(inPiece, cx - shift, cy + shift);
      if (onTissue && !strictlyInside(inHoles, x + side / 2, y + side / 2)) found.push(x, y);
    }
  }
  return found;
}

/** A closed ring of the points. */
function ringOf(points: Int32Array): Ring {
  const ring = new Float64Array(points.length + 2);
  ring.set(points);
  ring.set(points.subarray(0, 2), points.length);
  return ring;
}

const least = (values: Int32Array): number => values.reduce((a, b) => Math.min(a, b));
const most = (values: Int32Array): number => values.reduce((a, b) => Math.max(a, b));
