import { product, tf } from '@asmil/core';

/*
 * A convolution along a sequence with one filter a head, shared by its channels, as a product of blocks of K − 1 tokens
 * with a banded matrix: it runs at the speed of matrix products and needs no convolution kernel, of which WebAssembly has no
 * gradients.
 */

/** Tokens of a block for a filter of K taps. A block's output reads the block before it and itself. */
export function convBlock(kernel: number): number {
  return kernel - 1;
}

/**
 * y[g, c, t] = Σ_j w[head, j] x[g, c, t + j − (K−1)/2], zero outside the sequence (cross-correlation, no bias).
 * x: [B·h, d, L], w: [h, 1, K, 1] with K odd and at least 3 → [B·h, d, L].
 */
export function sequenceConv(x: tf.Tensor, w: tf.Tensor, batch = 1): tf.Tensor3D {
  return tf.customGrad((...args: unknown[]) => {
    const [signal, filter, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const [heads, , kernel] = filter.shape as [number, number, number];
    const length = signal.shape[2]!;
    const taps = tf.reshape(filter, [heads, kernel]);
    const windows = windowsOf(signal, kernel); // [G, d·n, 2b]
    save([windows, taps]);
    return {
      value: unblock(product(windows, banded(taps, batch), false, true), signal.shape, kernel),
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => {
        const [seen, f] = s as [tf.Tensor, tf.Tensor];
        const shape = dy.shape;
        // A correlation's gradient is a convolution: the same with the filter reversed.
        const back = product(windowsOf(dy, kernel), banded(tf.reverse(f, 1), batch), false, true);
        const blocks = tf.reshape(padTo(dy, 0, blocksOf(length, kernel) * convBlock(kernel)), [
          seen.shape[0]!,
          seen.shape[1]!,
          convBlock(kernel),
        ]); // [G, d·n, b]
        return [
          unblock(back, shape, kernel),
          tf.reshape(unband(product(blocks, seen, true, false), kernel, batch), [heads, 1, kernel, 1]),
        ];
      },
    };
  })(x, w) as tf.Tensor3D;
}

function blocksOf(length: number, kernel: number): number {
  return Math.ceil(length / convBlock(kernel));
}

/** `front` zeros before the tokens and zeros after them up to `total`. */
function padTo(x: tf.Tensor, front: number, total: number): tf.Tensor {
  return tf.pad(x, [
    [0, 0],
    [0, 0],
    [front, total - front - x.shape[2]!],
  ]);
}

/** The 2b tokens that each block of b outputs reads. x: [G, d, L] → [G, d·n, 2b]. */
function windowsOf(x: tf.Tensor, kernel: number): tf.Tensor {
  const [groups, d, length] = x.shape as [number, number, number];
  const [b, n] = [convBlock(kernel), blocksOf(length, kernel)];
  const padded = tf.reshape(padTo(x, b / 2, (n + 1) * b), [groups, d, n + 1, b]);
  const part = (from: number): tf.Tensor => tf.slice(padded, [0, 0, from, 0], [groups, d, n, b]);
  return tf.reshape(tf.concat([part(0), part(1)], 3), [groups, d * n, 2 * b]);
}

/** [G, d·n, b] → [G, d, L]. */
function unblock(x: tf.Tensor, shape: readonly number[], kernel: number): tf.Tensor {
  const [groups, d, length] = shape as [number, number, number];
  const whole = tf.reshape(x, [groups, d, blocksOf(length, kernel) * convBlock(kernel)]);
  return tf.slice(whole, [0, 0, 0], [groups, d, length]);
}

/**
 * The matrix T[o, t] = w[t − o] of the outputs o and the inputs t of a block. A row of taps and zeros of length 2b + 1,
 * written b times one after the other and cut into rows of 2b, is shifted by one in each. taps: [h, K] → [B·h, b, 2b].
 */
function banded(taps: tf.Tensor, batch: number): tf.Tensor {
  const [heads, kernel] = taps.shape as [number, number];
  const b = convBlock(kernel);
  const row = tf.pad(taps, [
    [0, 0],
    [0, 2 * b + 1 - kernel],
  ]); // [h, 2b + 1]
  const cut = tf.slice(tf.tile(row, [batch, b]), [0, 0], [batch * heads, 2 * b * b]);
  return tf.reshape(cut, [batch * heads, b, 2 * b]);
}

/** The sums along the diagonals of what `banded` makes: its transpose. m: [B·h, b, 2b] → [h, K]. */
function unband(m: tf.Tensor, kernel: number, batch: number): tf.Tensor {
  const b = convBlock(kernel);
  const groups = m.shape[0]!;
  const flat = tf.pad(tf.reshape(m, [groups, 2 * b * b]), [
    [0, 0],
    [0, b],
  ]); // [B·h, b (2b + 1)]
  const sums = tf.sum(tf.reshape(flat, [batch, groups / batch, b, 2 * b + 1]), [0, 2]); // [h, 2b + 1]
  return tf.slice(sums, [0, 0], [groups / batch, kernel]);
}
