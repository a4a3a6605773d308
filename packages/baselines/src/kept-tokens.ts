import { noGrad, product, tf, topIndices } from '@asmil/core';
import type { Sequence } from './nystrom.js';

/*
 * A sequence that some tiles are left out of, in tensors whose shapes do not depend on how many: the class token, the tiles
 * that stay, those that do not, one token of zeros. Which tokens make up a landmark and where a token lies on the grid is
 * computed from the number n of tiles that stay, as the reference does with the shorter sequence.
 */

/** Smallest side of the grid. */
const LEAST_SIDE = 7;

/** Side of the largest grid that N tiles may need. */
export function largestSide(n: number): number {
  return Math.max(LEAST_SIDE, Math.ceil(Math.sqrt(n)));
}

/** Source and weight 0 or 1 of every row of a result. */
interface Pick {
  readonly index: tf.Tensor1D; // int32 [M]
  readonly weight: tf.Tensor; // [M, 1]
}

/** A linear map of rows: y = Σ over `rows` of weight ⊙ x[index], and the same for the gradient. */
interface Arrangement {
  readonly rows: readonly Pick[];
  readonly back: readonly Pick[];
}

export interface KeptTokens {
  /** 1 for the class token and the tiles that stay, [N + 2, 1]. */
  readonly valid: tf.Tensor;
  /** For Nyström attention, from tokens whose rows that are not valid are 0, [N + 2, D]. */
  sequence(tokens: tf.Tensor, landmarks: number): Sequence;
  /** Tiles [N, D] in their places on the grid [S, S, D], the first ones twice where they fill up the square. */
  toGrid(tiles: tf.Tensor2D): tf.Tensor3D;
  /** The grid's tiles again, [N, D]. */
  fromGrid(grid: tf.Tensor3D): tf.Tensor2D;
}

/** The tiles with those that stay in front, in the order of the bag. tiles: [N, D], keep: [1, N] → [N, D]. */
export function keptFirst(tiles: tf.Tensor2D, keep: tf.Tensor | undefined): tf.Tensor2D {
  if (!keep) return tiles;
  const n = tiles.shape[0];
  const { order, back } = noGrad(() => {
    const first = topIndices(tf.reshape(keep, [n]), n) as tf.Tensor1D; // place → tile
    return { order: first, back: topIndices(tf.neg(tf.cast(first, 'float32')), n) as tf.Tensor1D }; // tile → place
  });
  const weight = noGrad(() => tf.ones([n, 1]));
  return arrange(tiles, { rows: [{ index: order, weight }], back: [{ index: back, weight }] });
}

/** keep: [1, N], of which n are 1. */
export function keptTokens(keep: tf.Tensor): KeptTokens {
  const tiles = keep.shape[1]!;
  const side = largestSide(tiles);
  const n = noGrad(() => tf.sum(keep)) as tf.Scalar;
  const valid = noGrad(() => tf.cast(tf.lessEqual(counted(tiles + 2), n), 'float32')); // [N + 2]
  const places = noGrad(() => onGrid(n, tiles, side));
  return {
    valid: tf.reshape(valid, [tiles + 2, 1]),
    sequence: (tokens, landmarks) => sequenceOf(tokens, valid, n, landmarks),
    toGrid: (x) =>
      tf.reshape(arrange(x, { rows: [places.cells], back: [places.own, places.copies] }), [side, side, x.shape[1]]),
    fromGrid(grid) {
      const d = grid.shape[2];
      const rows = tf.reshape(grid, [side * side, d]) as tf.Tensor2D;
      return arrange(rows, { rows: [places.own], back: [places.first] });
    },
  };
}

/** 0, 1, … as floats. [count] */
function counted(count: number): tf.Tensor1D {
  return tf.sub(tf.cumsum(tf.ones([count])), 1);
}

function sequenceOf(tokens: tf.Tensor, valid: tf.Tensor, n: tf.Scalar, landmarks: number): Sequence {
  const length = tokens.shape[0]!;
  const { shares, added } = noGrad(() => {
    const own = tf.add(n, 1); // with the class token
    const run = tf.ceil(tf.div(own, landmarks));
    const front = tf.sub(tf.mul(run, landmarks), own); // zeros before the class token
    const landmark = tf.floor(tf.div(tf.add(counted(length), front), run)); // [N + 2]
    const inside = tf.equal(tf.reshape(counted(landmarks), [landmarks, 1]), tf.reshape(landmark, [1, length]));
    // The last token stands for all zeros in front.
    const zeros = tf.where(tf.greater(front, 0), tf.log(tf.maximum(front, 1)), -1e9);
    const excluded = tf.mul(tf.sub(valid, 1), 1e9); // [N + 2]
    const last = tf.equal(counted(length), size(length - 1));
    return {
      shares: tf.div(tf.cast(inside, 'float32'), run), // [m, N + 2]
      added: tf.reshape(tf.where(last, zeros, excluded), [1, 1, length]),
    };
  });
  return { means: mixtures(shares, tokens), added };
}

interface Places {
  /** The tile of every cell, copies included, and without them. */
  readonly cells: Pick;
  readonly first: Pick;
  /** The cell of every tile, and of its copy. */
  readonly own: Pick;
  readonly copies: Pick;
}

/** Which tile lies where on the grid of n tiles. The numbers are whole and exact in float32. */
function onGrid(n: tf.Scalar, tiles: number, side: number): Places {
  const square = tf.ceil(tf.sub(tf.sqrt(n), 1e-4)); // s: a whole root is not to be rounded up
  const width = tf.maximum(square, LEAST_SIDE);
  const filled = tf.square(square);
  const pick = (index: tf.Tensor, weight: tf.Tensor, count: number): Pick => ({
    index: tf.cast(tf.minimum(index, size(count - 1)), 'int32') as tf.Tensor1D,
    weight: tf.reshape(tf.cast(weight, 'float32'), [-1, 1]),
  });

  const cell = counted(side * side);
  const [row, column] = divided(cell, size(side));
  const place = tf.add(tf.mul(row, width), column); // along the smaller grid
  const again = tf.cast(tf.greaterEqual(place, n), 'float32');
  const inside = tf.logicalAnd(tf.less(column, width), tf.less(row, width));
  const source = tf.sub(place, tf.mul(again, n));

  const tile = counted(tiles);
  const stays = tf.less(tile, n);
  const cellOf = (at: tf.Tensor): tf.Tensor => {
    const [r, c] = divided(at, width);
    return tf.add(tf.mul(r, size(side)), c);
  };
  const copy = tf.add(tile, n);
  return {
    cells: pick(source, tf.logicalAnd(inside, tf.less(place, filled)), tiles),
    first: pick(source, tf.logicalAnd(inside, tf.less(place, n)), tiles),
    own: pick(cellOf(tile), stays, side * side),
    copies: pick(cellOf(copy), tf.logicalAnd(stays, tf.less(copy, filled)), side * side),
  };
}

/** Quotient and rest of whole numbers. */
function divided(a: tf.Tensor, by: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const quotient = tf.floor(tf.div(a, by));
  return [quotient, tf.sub(a, tf.mul(quotient, by))];
}

/** A whole number that follows the bag's size: in a compiled step only integers do. */
function size(count: number): tf.Tensor {
  return tf.cast(tf.scalar(count, 'int32'), 'float32');
}

function arrange(x: tf.Tensor2D, { rows, back }: Arrangement): tf.Tensor2D {
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    // What the pass has made itself is gone before its backward pass, unless it is saved.
    save(back.flatMap(({ index, weight }) => [index, weight]));
    return {
      value: taken(z, rows),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const picks = back.map((_, i) => ({ index: saved[2 * i] as tf.Tensor1D, weight: saved[2 * i + 1]! }));
        return [taken(dy as tf.Tensor2D, picks)];
      },
    };
  })(x) as tf.Tensor2D;
}

function taken(x: tf.Tensor2D, picks: readonly Pick[]): tf.Tensor {
  return picks.map(({ index, weight }) => tf.mul(tf.gather(x, index), weight)).reduce((a, b) => tf.add(a, b));
}

/** shares · tokens; the shares get no gradient. [m, T], [T, D] → [m, D]. */
function mixtures(shares: tf.Tensor, tokens: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([shares]);
    return {
      value: product(shares, x, false, false),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [product(saved[0]!, dy, true, false)],
    };
  })(tokens);
}
