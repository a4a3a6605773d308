import { crossEntropy, type Dims, linear, linearRelu, maskedSoftmax, matmul, type Params, tf } from '@asmil/core';
import type { Encoded, MhimBaseline, MhimPass } from './mhim-baseline.js';
import { xavier } from './xavier.js';

const ATTENTION = ['online_encoder.attention.attention.0.weight', 'online_encoder.attention.attention.2.weight'];

/** Attention pooling: s_i = w·relu(V e_i), neither with a bias, and a linear classifier of Σ softmax(s)_i e_i. */
export function attnBaseline(hidden: number, width: number, dims: Dims): MhimBaseline {
  /** tiles: [N, L] → [1, N]. */
  const scores = (p: Params, tiles: tf.Tensor): tf.Tensor2D =>
    matmul(p[ATTENTION[1]!]!, linearRelu(tiles, p[ATTENTION[0]!]!), false, true) as tf.Tensor2D;

  return {
    params: [
      ...xavier('online_encoder.attention.attention.0', hidden, width, false),
      ...xavier('online_encoder.attention.attention.2', width, 1, false),
      ...xavier('predictor', hidden, dims.classes),
    ],
    drops: [],
    votes: false,
    encode(p, tiles, { keep }: MhimPass): Encoded {
      const s = scores(p, tiles); // [1, N]
      const attention = (keep ? maskedSoftmax(s, keep) : tf.softmax(s)) as tf.Tensor2D; // [1, N]
      const bagFeature = matmul(attention, tiles) as tf.Tensor2D; // [1, L]
      const logits = linear(bagFeature, p['predictor.weight']!, p['predictor.bias']!); // [1, C]
      return {
        logits,
        scores: s,
        attention,
        map: attention,
        bagFeature,
        attentionInput: { tiles },
        guide: attention,
      };
    },
    supervised(output, target) {
      const ce = crossEntropy(output.logits, target);
      return { loss: ce, terms: { ce }, output };
    },
    host: { params: ATTENTION, scores: (p, input) => scores(p, input.tiles!) },
  };
}
