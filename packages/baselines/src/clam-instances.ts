import { linear, noGrad, projectInput, tf, topIndices } from '@asmil/core';

/** The k tiles of largest score, largest first, then the k of smallest, smallest first. scores: [1, N] → int32 [2k]. */
export function chooseTiles(scores: tf.Tensor, k: number): tf.Tensor1D {
  return noGrad(() => tf.reshape(tf.concat([topIndices(scores, k), topIndices(tf.neg(scores), k)], 1), [2 * k]));
}

interface Reduction {
  readonly x: tf.Tensor2D; // [N, D]
  readonly ids: tf.Tensor1D; // [K]
  /** The tiles as dropout left them, [N, H]. */
  readonly tiles: tf.Tensor;
  readonly weight: tf.Tensor; // [H, D]
  readonly bias: tf.Tensor; // [H]
}

/**
 * Rows of the tiles, [K, H], with their gradient to the reduction. They are reduced a second time from their features, which
 * for a few rows costs less than a gradient scattered over all N. What dropout kept of them shows in the first result: after
 * relu nothing is negative, so an entry is positive exactly where it was kept and the second result is positive.
 */
export function embedAgain({ x, ids, tiles, weight, bias }: Reduction, rate: number): tf.Tensor2D {
  const chosen = noGrad(() => tf.gather(x, ids)); // [K, D]
  const rows = projectInput(chosen, weight, bias); // [K, H]
  if (rate === 0) return rows;
  const inTraining = noGrad(() => tf.mul(tf.step(tf.gather(tiles, ids)), 1 / (1 - rate))); // [K, H]
  return tf.mul(rows, inTraining) as tf.Tensor2D;
}

/**
 * The loss of every class's two-way classifier: `inside` for the bag's own class, on the tiles of largest attention with
 * target 1 and those of smallest with 0; `outside` for another class, on the former alone with target 0. Means over rows.
 * rows: [2k, H]; weight: [C, 2, H], bias: [C, 2] → [1, C] each.
 */
export function instanceLosses(
  rows: tf.Tensor2D,
  { weight, bias }: { readonly weight: tf.Tensor; readonly bias: tf.Tensor },
  kind: 'ce' | 'svm',
): { inside: tf.Tensor; outside: tf.Tensor } {
  const [classes, , h] = weight.shape as [number, number, number];
  const [twice] = rows.shape;
  const k = twice / 2;
  const side = (at: number): tf.Tensor => tf.reshape(tf.slice(weight, [0, at, 0], [classes, 1, h]), [classes, h]);
  const shift = (at: number): tf.Tensor => tf.reshape(tf.slice(bias, [0, at], [classes, 1]), [classes]);
  // Both losses see the two logits through their difference alone, that of the target less that of the other.
  const difference = linear(rows, tf.sub(side(1), side(0)), tf.sub(shift(1), shift(0))); // [2k, C]
  const top = tf.slice(difference, [0, 0], [k, classes]); // [k, C]
  const bottom = tf.slice(difference, [k, 0], [k, classes]); // [k, C]
  const f = kind === 'ce' ? (e: tf.Tensor): tf.Tensor => tf.softplus(e) : smoothMargin;
  const mean = (e: tf.Tensor): tf.Tensor => tf.mean(f(e), 0, true); // [1, C]
  return { inside: tf.mul(tf.add(mean(tf.neg(top)), mean(bottom)), 0.5), outside: mean(top) };
}

/** Beyond this difference of the logits the loss is the hinge itself: ln 1000, at temperature 1. */
const HARD = Math.log(1000);

/**
 * Smooth top-1 SVM of two classes (Berrada, Zisserman, Kumar, ICLR 2018), margin and temperature 1, with e the other class's
 * logit less the target's: ln(1 + exp(e + 1)), and max(0, e + 1) where |e| ≥ ln 1000. Any shape.
 */
function smoothMargin(e: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const margin = tf.add(z, 1);
    const hard = tf.cast(tf.greaterEqual(tf.abs(z), HARD), 'float32');
    const between = (smooth: tf.Tensor, hinge: tf.Tensor): tf.Tensor =>
      tf.add(tf.mul(tf.sub(1, hard), smooth), tf.mul(hard, hinge));
    save([between(tf.sigmoid(margin), tf.step(margin))]);
    return {
      value: between(tf.softplus(margin), tf.relu(margin)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [tf.mul(dy, saved[0]!)],
    };
  })(e);
}
