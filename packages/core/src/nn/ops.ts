import { engineInfo, hasKernels, runKernel, tf } from '../engine/index.js';

type T2 = tf.Tensor2D;

/**
 * Matrix product with optional transposes, batched over leading axes of equal size, with gradients of its own.
 * WebAssembly multiplies transposed operands about ten times slower than it transposes them, so there the transposes are
 * carried out first; natively they are flags.
 */
export function matmul(a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [x, y, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([x, y]);
    return {
      value: product(x, y, transposeA, transposeB),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [p, q] = saved as [tf.Tensor, tf.Tensor];
        const da = transposeA ? product(q, dy, transposeB, true) : product(dy, q, false, !transposeB);
        const db = transposeB ? product(dy, p, true, transposeA) : product(p, dy, !transposeA, false);
        return [da, db];
      },
    };
  })(a, b);
}

/** The product alone, for use inside custom gradients. */
export function product(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor {
  if (engineInfo()?.name !== 'wasm') return tf.matMul(a as T2, b as T2, transposeA, transposeB);
  return tf.matMul((transposeA ? swap(a) : a) as T2, (transposeB ? swap(b) : b) as T2);
}

function swap(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, i) => i);
  const r = x.rank;
  [axes[r - 2], axes[r - 1]] = [r - 1, r - 2];
  return tf.transpose(x, axes);
}

/** y = x Wᵀ + b with W in PyTorch layout. x: [N, I], w: [O, I], b: [O] → [N, O]. */
export function linear(x: tf.Tensor, w: tf.Tensor, b?: tf.Tensor): T2 {
  const y = matmul(x, w, false, true) as T2; // [N, O]
  return b ? (tf.add(y, b) as T2) : y;
}

/**
 * relu(x Wᵀ + b) of data: x gets no gradient, which saves the largest product of the backward pass.
 * x: [N, I], w: [O, I], b: [O] → [N, O].
 */
export function projectInput(x: tf.Tensor, w: tf.Tensor, b?: tf.Tensor): T2 {
  // x is saved as well: where it is made inside the step, nothing else holds it until the backward pass.
  const forward = (weight: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor => {
    const z = product(x, weight, false, true); // [N, O]
    return tf.relu(bias ? tf.add(z, bias) : z);
  };
  const backward = (dy: tf.Tensor, y: tf.Tensor): tf.Tensor[] => {
    if (hasKernels()) return runKernel({ name: 'AsmilReluBiasGrad', inputs: [dy, y], outputs: 2 });
    const dz = tf.mul(dy, tf.step(y)); // [N, O]
    return [dz, tf.sum(dz, 0)];
  };
  if (!b) {
    return tf.customGrad((...args: unknown[]) => {
      const [weight, save] = args as [tf.Tensor, tf.GradSaveFunc];
      const y = forward(weight, undefined);
      save([y, x]);
      return {
        value: y,
        gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => [product(backward(dy, s[0]!)[0]!, s[1]!, true, false)],
      };
    })(w) as T2;
  }
  return tf.customGrad((...args: unknown[]) => {
    const [weight, bias, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const y = forward(weight, bias);
    save([y, x]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => {
        const [dz, db] = backward(dy, s[0]!) as [tf.Tensor, tf.Tensor];
        return [product(dz, s[1]!, true, false), db];
      },
    };
  })(w, b) as T2;
}

/**
 * Rows to mean 0 and variance 1: (x − mean)/√(var + ε), biased variance over the last axis. x: [N, D] → [N, D].
 * The layer norm of specs and goldens is `standardize(x) ⊙ γ + β`; keeping the two apart lets attention fold γ and β
 * into its small query matrix in the place of an [N, D] product.
 */
export function standardize(x: tf.Tensor, eps: number): T2 {
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const [y, inverse] = normalised(z, eps);
    save([y, inverse]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => {
        const [n, r] = s as [tf.Tensor, tf.Tensor];
        if (hasKernels()) return runKernel({ name: 'AsmilStandardizeGrad', inputs: [dy, n, r], outputs: 1 });
        const along = tf.mean(tf.mul(dy, n), -1, true); // [N, 1]
        return [tf.mul(tf.sub(tf.sub(dy, tf.mean(dy, -1, true)), tf.mul(n, along)), r)];
      },
    };
  })(x) as T2;
}

/** Standardised rows and 1/√(var + ε), [N, 1]. */
function normalised(z: tf.Tensor, eps: number): [tf.Tensor, tf.Tensor] {
  if (hasKernels()) {
    const attributes = { eps };
    return runKernel({ name: 'AsmilStandardize', attributes, inputs: [z], outputs: 2 }) as [tf.Tensor, tf.Tensor];
  }
  const centred = tf.sub(z, tf.mean(z, -1, true)); // [N, D]
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps)); // [N, 1]
  return [tf.mul(centred, inverse), inverse];
}

/** Layer norm over the last axis. x: [N, D], gamma, beta: [D], or one for each row [N, D]. */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, eps: number): T2 {
  if (!hasKernels() || gamma.rank > 1) return tf.add(tf.mul(standardize(x, eps), gamma), beta) as T2;
  return tf.customGrad((...args: unknown[]) => {
    const [z, g, b, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const out = runKernel({ name: 'AsmilLayerNorm', attributes: { eps }, inputs: [z, g, b], outputs: 3 });
    const [y, normed, inverse] = out as [tf.Tensor, tf.Tensor, tf.Tensor];
    save([normed, inverse, g]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) =>
        runKernel({ name: 'AsmilLayerNormGrad', inputs: [dy, ...s], outputs: 3 }),
    };
  })(x, gamma, beta) as T2;
}

/** Exact GELU, x Φ(x). Any shape. */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    if (hasKernels()) {
      const [y, slope] = runKernel({ name: 'AsmilGelu', inputs: [z], outputs: 2 }) as [tf.Tensor, tf.Tensor];
      save([slope]);
      return { value: y, gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => [tf.mul(dy, s[0]!)] };
    }
    const cdf = tf.mul(tf.add(tf.erf(tf.mul(z, Math.SQRT1_2)), 1), 0.5);
    save([z, cdf]);
    return {
      value: tf.mul(z, cdf),
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => {
        const [u, phi] = s as [tf.Tensor, tf.Tensor];
        const density = tf.mul(tf.exp(tf.mul(tf.square(u), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return [tf.mul(dy, tf.add(phi, tf.mul(u, density)))];
      },
    };
  })(x);
}

/** Softmax cross entropy of logits [R, C] against one-hot targets [R, C] or [1, C], summed over the rows, natural logarithm. */
export function crossEntropy(logits: tf.Tensor, target: tf.Tensor): tf.Scalar {
  return tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    if (hasKernels()) {
      const out = runKernel({ name: 'AsmilCrossEntropy', inputs: [z, target], outputs: 2 });
      save([out[1]!]);
      return { value: out[0]!, gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => [tf.mul(dy, s[0]!)] };
    }
    const logp = tf.logSoftmax(z as T2); // [1, C]
    save([logp]);
    return {
      value: tf.neg(tf.sum(tf.mul(logp, target))),
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => [tf.mul(dy, tf.sub(tf.exp(s[0]!), target))],
    };
  })(logits) as tf.Scalar;
}

/** tanh(p) ⊙ σ(q), the gate of gated attention, with a gradient of five operations. p, q: [N, L]. */
export function gate(p: tf.Tensor, q: tf.Tensor): T2 {
  return tf.customGrad((...args: unknown[]) => {
    const [u, v, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const a = tf.tanh(u);
    const s = tf.sigmoid(v);
    const y = tf.mul(a, s);
    save([a, s, y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [t, g, z] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        if (hasKernels()) return runKernel({ name: 'AsmilGateGrad', inputs: [dy, t, g], outputs: 2 });
        // d tanh = 1 − t², d σ = g(1 − g), so dp = dy (g − z t) and dq = dy z (1 − g).
        return [tf.mul(dy, tf.sub(g, tf.mul(z, t))), tf.mul(dy, tf.sub(z, tf.mul(z, g)))];
      },
    };
  })(p, q) as T2;
}
