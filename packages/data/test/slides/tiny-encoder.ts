import { type Dim, model, node, value, weights } from './onnx.js';

/** W [4, 3] and b [4] of the tiny encoder. */
export const TINY = {
  weight: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [0.5, -2, 1.5],
  ],
  bias: [0, 0.25, -0.5, 1],
};

/** Features of the tiny encoder: W · (mean of each plane) + b. */
export const tinyFeatures = (planes: readonly [number, number, number]): number[] =>
  TINY.weight.map((row, d) => row.reduce((sum, w, c) => sum + w * planes[c]!, TINY.bias[d]!));

/** An encoder of one layer: the mean of each of three planes, then a linear layer to four features. */
export function tinyEncoder(shape: readonly Dim[] = ['N', 3, 'S', 'S']): Buffer {
  return model(
    node('GlobalAveragePool', ['image'], 'pooled'),
    node('Flatten', ['pooled'], 'flat', { axis: 1 }),
    node('Gemm', ['flat', 'weight', 'bias'], 'features', { transB: 1 }),
    weights('weight', [4, 3], TINY.weight.flat()),
    weights('bias', [4], TINY.bias),
    value(11, 'image', shape),
    value(12, 'features', [shape[0]!, 4]),
  );
}
