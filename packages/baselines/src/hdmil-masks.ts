import { type Draw, noGrad, type Rng, tf } from '@asmil/core';

/** What HDMIL's masks are made of: Gumbel noise, straight-through steps, pooling over selected tiles, the mask rate. */

/** The difference of two standard Gumbel variables, a logistic one, for every class and tile, [C, N]. */
export function gumbelDifferences(rng: Rng, classes: number, n: number): Draw {
  const values = Float32Array.from({ length: classes * n }, () => {
    const u = rng.next() + 2 ** -33; // in (0, 1)
    return Math.log(u / (1 - u));
  });
  return { shape: [classes, n], values };
}

/** 1 where q is above the threshold, else 0, with the gradient of q. Any shape. */
export function straightThrough(q: tf.Tensor, threshold: number): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [z] = args as [tf.Tensor];
    return { value: tf.cast(tf.greater(z, threshold), 'float32'), gradFunc: (dy: tf.Tensor) => [tf.clone(dy)] };
  })(q);
}

/** What is added to the scores of tiles that are not selected, so that none of them is the largest. */
const OUT = -1e9;
/** exp stays finite up to here; a tile that is not selected may lie above all that are. */
const HIGHEST = 80;

/** exp(s) ⊙ m up to a factor common to all classes (`whole`) or to each: the largest selected one is 1. s, m: [C, N]. */
function exponentials(scores: tf.Tensor, mask: tf.Tensor, whole: boolean): tf.Tensor {
  const top = noGrad(() => {
    const selected = tf.add(scores, tf.mul(tf.sub(1, mask), OUT));
    return whole ? tf.max(selected) : tf.max(selected, 1, true);
  });
  return tf.mul(tf.exp(tf.minimum(tf.sub(scores, top), HIGHEST)), mask);
}

/**
 * Weights of the selected tiles in training, one denominator for all tiles and classes; 0 where nothing is selected.
 * The mask has the gradient of a straight-through step, also where it is 0. → [C, N], and the denominator [].
 */
export function trainingWeights(scores: tf.Tensor, mask: tf.Tensor): { weights: tf.Tensor; total: tf.Tensor } {
  const w = exponentials(scores, mask, true); // [C, N]
  const total = tf.sum(w);
  const none = noGrad(() => tf.cast(tf.equal(total, 0), 'float32'));
  return { weights: tf.div(w, tf.add(total, none)), total };
}

/** Weights of the selected tiles in evaluation, each class by itself. scores, mask: [C, N] → [C, N]. */
export function selectedWeights(scores: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const w = exponentials(scores, mask, false); // [C, N]
  return tf.div(w, tf.add(tf.sum(w, 1, true), 1e-16));
}

/**
 * Share of tiles that are selected in one of the first `classes` rows of a straight-through mask; its gradient is that of
 * the mean of the rows' sum. mask: [C, N] → [].
 */
export function maskRate(mask: tf.Tensor, classes: number): tf.Scalar {
  const rows = tf.slice(mask as tf.Tensor2D, [0, 0], [classes, -1]); // [R, N]
  const sum = tf.sum(rows, 0); // [N]
  const either = noGrad(() => tf.sub(tf.max(rows, 0), sum)); // [N]
  return average(tf.add(either, sum));
}

/**
 * The loss that trains a screen to reproduce a mask: mean |b − m̂| + (ρ_b − ρ_m̂)², b the straight-through mask of the
 * screen's scores. Where they are equal |b − m̂| has no slope. scores, mask: [C, N].
 */
export function screeningLoss(scores: tf.Tensor, mask: tf.Tensor, classes: number): Record<string, tf.Tensor> {
  const b = straightThrough(tf.sigmoid(scores), 0.5); // [C, N]
  const difference = tf.sub(b, mask);
  const l1 = average(
    tf.mul(
      difference,
      noGrad(() => tf.sign(difference)),
    ),
  );
  const [own, wanted] = [maskRate(b, classes), noGrad(() => maskRate(mask, classes))];
  const rate = tf.square(tf.sub(own, wanted));
  return { loss: tf.add(l1, rate), l1, rate, maskRate: wanted, scoreRate: own, mask: b };
}

/** The mean of all elements; what it divides by is counted, so that one graph serves every N. */
function average(x: tf.Tensor): tf.Scalar {
  return tf.div(tf.sum(x), tf.sum(tf.onesLike(x)));
}
