import { engineInfo, type Params, tf } from '@asmil/core';

/**
 * Depth-wise cross-correlation on a grid with zero padding: one odd k × k filter a channel, stride 1, no bias. The gradient
 * of the input is the same operation with the filter turned round; that of the filter is a kernel of the native engine,
 * and elsewhere a sum of shifted products. x: [s, s, D], filter: [k, k, D] → [s, s, D].
 */
export function depthwise(x: tf.Tensor, filter: tf.Tensor): tf.Tensor3D {
  return tf.customGrad((...args: unknown[]) => {
    const [grid, f, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([grid, f]);
    return {
      value: correlate(grid, f),
      gradFunc: (dy: tf.Tensor, s: tf.Tensor[]) => {
        const [g, w] = s as [tf.Tensor, tf.Tensor];
        return [correlate(dy, tf.reverse(w, [0, 1])), filterGradient(g, dy, w.shape[0]!)];
      },
    };
  })(x, filter) as tf.Tensor3D;
}

function correlate(x: tf.Tensor, filter: tf.Tensor): tf.Tensor {
  return tf.depthwiseConv2d(
    x as tf.Tensor3D,
    tf.reshape(filter, [...filter.shape, 1] as [number, number, number, number]),
    1,
    'same',
  );
}

/** Σ over the grid of dy times x shifted by (i, j) − k/2, for each tap (i, j). → [k, k, D]. */
function filterGradient(x: tf.Tensor, dy: tf.Tensor, k: number): tf.Tensor {
  const [height, width, d] = x.shape as [number, number, number];
  if (engineInfo()?.name !== 'wasm') {
    const out = tf
      .engine()
      .runKernel(
        tf.DepthwiseConv2dNativeBackpropFilter,
        { x: tf.reshape(x, [1, ...x.shape]), dy: tf.reshape(dy, [1, ...dy.shape]) },
        {
          strides: [1, 1],
          pad: 'same',
          dilations: [1, 1],
          dimRoundingMode: undefined,
          filterShape: [k, k, d, 1],
        } as unknown as tf.NamedAttrMap,
      ) as tf.Tensor;
    return tf.reshape(out, [k, k, d]);
  }
  const half = (k - 1) / 2;
  const padded = tf.pad(x, [
    [half, half],
    [half, half],
    [0, 0],
  ]);
  const taps = Array.from({ length: k * k }, (_, tap) => {
    const shifted = tf.slice(padded, [Math.floor(tap / k), tap % k, 0], [height, width, d]);
    return tf.sum(tf.mul(shifted, dy), [0, 1]); // [D]
  });
  return tf.reshape(tf.stack(taps), [k, k, d]);
}

/** The sizes of the three filters of TransMIL's position encoding, by parameter name. */
const PPEG: Readonly<Record<string, number>> = { proj: 7, proj1: 5, proj2: 3 };

/**
 * TransMIL's position encoding: G + conv7(G) + conv5(G) + conv3(G), all depth-wise with bias, as one 7 × 7 filter: the
 * smaller ones are padded with zeros and G itself is a 1 in the centre. grid: [s, s, D] → [s, s, D].
 */
export function ppeg(p: Params, name: string, grid: tf.Tensor): tf.Tensor3D {
  const d = grid.shape[2]!;
  const filters = Object.entries(PPEG).map(([layer, k]) => {
    const own = tf.reshape(p[`${name}.${layer}.weight`]!, [d, k, k]);
    const rim = (7 - k) / 2;
    return k === 7
      ? own
      : tf.pad(own, [
          [0, 0],
          [rim, rim],
          [rim, rim],
        ]); // [D, 7, 7]
  });
  const centre = tf.pad(tf.ones([1, 1, 1]), [
    [0, 0],
    [3, 3],
    [3, 3],
  ]); // [1, 7, 7]
  const filter = tf.add(tf.addN(filters), centre); // [D, 7, 7]
  const bias = tf.addN(Object.keys(PPEG).map((layer) => p[`${name}.${layer}.bias`]!)); // [D]
  return tf.add(depthwise(grid, tf.transpose(filter, [1, 2, 0])), bias);
}

/** Parameters of `ppeg` in PyTorch's layout and start. */
export function ppegSpecs(name: string, d: number) {
  return Object.entries(PPEG).flatMap(([layer, k]) => {
    const init = { kind: 'uniform', bound: 1 / k } as const;
    return [
      { name: `${name}.${layer}.weight`, shape: [d, 1, k, k], init },
      { name: `${name}.${layer}.bias`, shape: [d], init },
    ];
  });
}
