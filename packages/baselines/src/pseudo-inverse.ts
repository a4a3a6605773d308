import { product, tf } from '@asmil/core';

/*
 * Nyströmformer's iteration for the pseudo-inverse of A: Z₀ = Aᵀ/r, Z ← ¼ Z (13 I − X (15 I − X (7 I − X))), X = A Z.
 * With Z = c ζ, c = ∛4, and Y = A ζ it reads ζ ← ζ (13/4 I − Y (b I − Y (a I − Y))): no further factors.
 */
const C = Math.cbrt(4);
const [E13, B15, A7] = [13 / 4, (15 * C) / 4, (7 * C * C) / 4];

/** One iteration: ζ, Y = A ζ, V = a I − Y, U = b I − Y V, P = 13/4 I − Y U; the next ζ is ζ P. All [G, m, m]. */
const PARTS = ['z', 'y', 'v', 'u', 'p'] as const;
type Step = Readonly<Record<(typeof PARTS)[number], tf.Tensor>>;

const times = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => product(a, b, false, false);

/**
 * The iterated pseudo-inverse of softmax matrices. r is the largest column sum over all groups (the rows sum to 1); its
 * gradient goes to all columns that have this sum, in equal parts. a: [G, m, m] → [G, m, m].
 */
export function pseudoInverse(a: tf.Tensor3D, iterations: number): tf.Tensor3D {
  return tf.customGrad((...args: unknown[]) => {
    const [matrix, save] = args as [tf.Tensor3D, tf.GradSaveFunc];
    const sums = tf.sum(matrix, 1, true); // [G, 1, m]
    const r = tf.max(sums); // scalar
    const start = tf.div(tf.transpose(matrix, [0, 2, 1]), tf.mul(r, C)); // [G, m, m]
    const eye = tf.eye(matrix.shape[1]); // [m, m]
    const steps: Step[] = [];
    let z: tf.Tensor = start;
    for (let i = 0; i < iterations; i++) {
      const y = times(matrix, z);
      const v = tf.sub(tf.mul(eye, A7), y);
      const u = tf.sub(tf.mul(eye, B15), times(y, v));
      const p = tf.sub(tf.mul(eye, E13), times(y, u));
      steps.push({ z, y, v, u, p });
      z = times(z, p);
    }
    save([matrix, sums, r, start, ...steps.flatMap((step) => PARTS.map((part) => step[part]))]);
    return {
      value: tf.mul(z, C),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [m, s, largest, first] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const done = Array.from({ length: iterations }, (_, i) => {
          const own = saved.slice(4 + PARTS.length * i);
          return Object.fromEntries(PARTS.map((part, j) => [part, own[j]!])) as Step;
        });
        const { dz, da } = backward(done, m, tf.mul(dy, C));
        const dr = tf.neg(tf.div(tf.sum(tf.mul(dz, first)), largest)); // of r in ζ₀
        const direct = tf.div(tf.transpose(dz, [0, 2, 1]), tf.mul(largest, C));
        return tf.addN([direct, ...da, tf.mul(tf.onesLike(m), tf.mul(tie(s, largest), dr))]);
      },
    };
  })(a) as tf.Tensor3D;
}

/** Gradients of ζ₀ and, as a sum, of A, from that of the last ζ. */
function backward(steps: readonly Step[], a: tf.Tensor, last: tf.Tensor): { dz: tf.Tensor; da: tf.Tensor[] } {
  let dz = last;
  const da: tf.Tensor[] = [];
  for (const { z, y, v, u, p } of [...steps].reverse()) {
    const dp = product(z, dz, true, false);
    const down = product(y, dp, true, false); // −∂U = ∂(Y V)
    const dy = tf.sub(
      tf.sub(product(down, v, false, true), product(y, down, true, false)),
      product(dp, u, false, true),
    );
    da.push(product(dy, z, false, true));
    dz = tf.add(product(dz, p, false, true), product(a, dy, true, false));
  }
  return { dz, da };
}

/** 1/(number of largest sums) in the columns that have one, else 0. sums: [G, 1, m] → [G, 1, m]. */
function tie(sums: tf.Tensor, largest: tf.Tensor): tf.Tensor {
  const hit = tf.cast(tf.equal(sums, largest), 'float32');
  return tf.div(hit, tf.sum(hit));
}
