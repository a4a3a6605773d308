import {
  crossEntropy,
  type Dims,
  EXCLUDED,
  fanIn,
  gatherRows,
  linear,
  linearRelu,
  maskedSoftmax,
  matmul,
  noGrad,
  type Params,
  tf,
  topIndices,
} from '@asmil/core';
import type { Encoded, MhimBaseline, MhimPass } from './mhim-baseline.js';
import { xavier } from './xavier.js';

const INSTANCES = 'online_encoder.i_classifier.0';
const BAG = 'online_encoder.b_classifier';
const QUERY = [0, 2].flatMap((layer) => [`${BAG}.q.${layer}.weight`, `${BAG}.q.${layer}.bias`]);

/**
 * DSMIL with queries of two layers and values of one, on the reduced tiles. Tiles are masked by the largest of their logits;
 * student and teacher agree on the C pooled vectors. Both branches are trained with half weight, and the mean of their logits predicts.
 */
export function dsmilBaseline(hidden: number, query: number, { classes }: Dims): MhimBaseline {
  /** q(x) = tanh(W₂ relu(W₀ x)). x: [N, L] → [N, Q]. */
  const queries = (p: Params, x: tf.Tensor): tf.Tensor2D =>
    tf.tanh(linear(linearRelu(x, p[QUERY[0]!]!, p[QUERY[1]!]!), p[QUERY[2]!]!, p[QUERY[3]!]!)) as tf.Tensor2D;

  /** Scores of the tiles [N, L] for each class's critical tile [C, L] → [C, N]. */
  const scores = (p: Params, tiles: tf.Tensor, critical: tf.Tensor): tf.Tensor2D =>
    matmul(tf.mul(queries(p, critical), 1 / Math.sqrt(query)), queries(p, tiles), false, true) as tf.Tensor2D;

  return {
    params: [
      ...xavier(INSTANCES, hidden, classes),
      ...xavier(`${BAG}.q.0`, hidden, query),
      ...xavier(`${BAG}.q.2`, query, query),
      ...xavier(`${BAG}.v.1`, hidden, hidden),
      { name: `${BAG}.fcc.weight`, shape: [classes, classes, hidden], init: fanIn(classes * hidden) },
      { name: `${BAG}.fcc.bias`, shape: [classes], init: fanIn(classes * hidden) },
    ],
    drops: [],
    votes: false,
    encode(p, tiles, { keep }: MhimPass): Encoded {
      const [weight, bias] = [p[`${INSTANCES}.weight`]!, p[`${INSTANCES}.bias`]!]; // [C, L], [C]
      const { instance, index } = noGrad(() => {
        const all = tf.add(matmul(weight, tiles, false, true), tf.reshape(bias, [classes, 1])); // [C, N]
        const kept = keep ? tf.add(all, tf.mul(tf.sub(keep, 1), -EXCLUDED)) : all;
        return { instance: all, index: tf.reshape(topIndices(kept, 1), [classes]) as tf.Tensor1D }; // index: [C]
      });
      const critical = gatherRows(tiles, index); // [C, L]
      const maxLogits = tf.reshape(tf.add(tf.sum(tf.mul(critical, weight), 1), bias), [1, classes]); // [1, C]
      const s = scores(p, tiles, critical); // [C, N]
      const attention = (keep ? maskedSoftmax(s, keep) : tf.softmax(s)) as tf.Tensor2D; // [C, N]
      const values = linearRelu(tiles, p[`${BAG}.v.1.weight`]!, p[`${BAG}.v.1.bias`]!); // [N, L]
      const bagFeature = matmul(attention, values) as tf.Tensor2D; // [C, L]
      const mixing = tf.reshape(p[`${BAG}.fcc.weight`]!, [classes, classes * hidden]); // [C, C L]
      const bagLogits = linear(tf.reshape(bagFeature, [1, classes * hidden]), mixing, p[`${BAG}.fcc.bias`]!); // [1, C]
      return {
        logits: tf.mul(tf.add(bagLogits, maxLogits), 0.5) as tf.Tensor2D, // [1, C]
        scores: s,
        attention,
        map: attention,
        bagFeature,
        attentionInput: { tiles, critical },
        extra: { bagLogits, maxLogits, instanceLogits: instance, critical: index },
        guide: noGrad(() => tf.max(instance, 0, true)), // [1, N]
      };
    },
    supervised(output, target) {
      const bag = crossEntropy(output.extra!.bagLogits!, target);
      const max = crossEntropy(output.extra!.maxLogits!, target);
      const ce = tf.mul(tf.add(bag, max), 0.5) as tf.Scalar;
      return { loss: ce, terms: { ce, bag, max }, output };
    },
    host: { params: QUERY, scores: (p, input) => scores(p, input.tiles!, input.critical!) },
  };
}
