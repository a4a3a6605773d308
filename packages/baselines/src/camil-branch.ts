import { linear, matmul, type Output, type ParamSpec, type Params, tf } from '@asmil/core';

/** Sizes of a CAMIL, all filled in. */
export interface CamilConfig {
  readonly hidden: number;
  readonly heads: number;
  readonly landmarks: number;
  readonly iterations: number;
  readonly query: number;
  readonly pool: number;
  readonly gated: boolean;
  readonly kernel: number;
  /** Logits. */
  readonly outputs: number;
}

/** What the two implementations have of their own: everything from the tiles [N, D] to the logits. */
export interface CamilBranch {
  readonly params: readonly ParamSpec[];
  readonly unused?: readonly ParamSpec[];
  readonly hostParams: readonly string[];
  /** Pooling scores [1, N] of what is pooled over. */
  scores(params: Params, pooled: tf.Tensor): tf.Tensor2D;
  forward(
    params: Params,
    tiles: tf.Tensor2D,
    graph: Params,
  ): Omit<Output, 'map' | 'attentionInput'> & { pooled: tf.Tensor };
}

/** Glorot's uniform start, Keras's default: ±√(6/(fan_in + fan_out)). */
export function glorot(name: string, shape: readonly number[], fanIn: number, fanOut: number): ParamSpec {
  return { name, shape, init: { kind: 'uniform', bound: Math.sqrt(6 / (fanIn + fanOut)) } };
}

/** Rows of scores to attention, bag feature and logits. scores: [1, N], tiles: [N, D]. */
export function pool(p: Params, head: string, scores: tf.Tensor2D, tiles: tf.Tensor) {
  const attention = tf.softmax(scores); // [1, N]
  const bagFeature = matmul(attention, tiles) as tf.Tensor2D; // [1, D]
  const logits = linear(bagFeature, p[`${head}.weight`]!, p[`${head}.bias`]!); // [1, C]
  return { scores, attention, bagFeature, logits };
}
