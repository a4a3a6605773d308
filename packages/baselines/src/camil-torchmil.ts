import { gate, layerNorm, linear, linearSpecs, normSpecs, type Params, tf } from '@asmil/core';
import { type CamilBranch, type CamilConfig, pool } from './camil-branch.js';
import { neighbourSum } from './neighbours.js';
import { nystromAttention, padFront } from './nystrom.js';

const EPS = 1e-5;

/** CAMIL as torchmil implements it: a pre-norm Nyström layer without convolution and output projection, and another fusion. */
export function torchmilBranch(c: CamilConfig): CamilBranch {
  const { hidden: d, landmarks } = c;
  const norm = 'nystrom_transformer_layer.norm1';
  const pooling = [
    ...linearSpecs('camil_att_pool.fc1', d, c.pool),
    ...(c.gated ? linearSpecs('camil_att_pool.fc_gated', d, c.pool) : []),
    ...linearSpecs('camil_att_pool.fc2', c.pool, 1, { bias: false }),
  ];
  const layer = (p: Params, name: string, x: tf.Tensor): tf.Tensor2D =>
    linear(x, p[`${name}.weight`]!, p[`${name}.bias`]);

  const scores = (p: Params, tokens: tf.Tensor): tf.Tensor2D => {
    const v = layer(p, 'camil_att_pool.fc1', tokens); // [N, A]
    const hidden = c.gated ? gate(v, layer(p, 'camil_att_pool.fc_gated', tokens)) : tf.tanh(v); // [N, A]
    return tf.reshape(layer(p, 'camil_att_pool.fc2', hidden), [1, tokens.shape[0]!]); // [1, N]
  };

  return {
    params: [
      ...normSpecs(norm, d),
      ...linearSpecs('nystrom_transformer_layer.att_module.qkv_nn', d, 3 * d, { bias: false }),
      ...linearSpecs('camil_self_attention.qk_nn', d, 2 * d, { bias: false }),
      ...linearSpecs('camil_self_attention.v_nn', d, d, { bias: false }),
      ...pooling,
      ...linearSpecs('classifier', d, c.outputs),
    ],
    unused: normSpecs('nystrom_transformer_layer.norm2', d),
    hostParams: pooling.map(({ name }) => name),
    scores,
    forward(p, tiles, graph) {
      const n = tiles.shape[0];
      const normed = layerNorm(tiles, p[`${norm}.weight`]!, p[`${norm}.bias`]!, EPS); // [N, D]
      const padded = padFront(normed, landmarks); // [L, D]
      const { y } = nystromAttention(padded, { qkv: p['nystrom_transformer_layer.att_module.qkv_nn.weight']! }, c); // [L, D]
      const tokens = tf.add(tiles, tf.slice(y, [padded.shape[0] - n, 0], [n, d])); // [N, D]
      const [wq, wk] = tf.split(p['camil_self_attention.qk_nn.weight']!, 2) as [tf.Tensor, tf.Tensor];
      const near = neighbourSum(linear(tokens, wk), graph.neighbours!, graph.weights!); // [N, D]
      const local = tf.sum(tf.mul(linear(tokens, tf.mul(wq, 1 / Math.sqrt(d))), near), 1); // [N]
      const attention = tf.softmax(local as tf.Tensor1D); // [N]
      const l = tf.mul(layer(p, 'camil_self_attention.v_nn', tokens), tf.reshape(attention, [n, 1])); // [N, D]
      const mixed = tf.add(tokens, tf.mul(tf.sigmoid(l), tf.sub(l, tokens))); // [N, D]
      const pooled = pool(p, 'classifier', scores(p, tokens), mixed);
      return { ...pooled, pooled: tokens, extra: { tokens, local, localAttention: attention } };
    },
  };
}
