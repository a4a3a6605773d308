import { gate, linear, type ParamSpec, type Params, tf } from '@asmil/core';
import { type CamilBranch, type CamilConfig, glorot, pool } from './camil-branch.js';
import { neighbourSum } from './neighbours.js';
import { nystromAttention, padFront } from './nystrom.js';

/**
 * CAMIL as the released TensorFlow program computes it. RELEASE: its convolution runs over the heads of a token, not over
 * neighbouring tokens; there is no layer norm.
 */
export function releaseBranch(c: CamilConfig): CamilBranch {
  const { hidden: d, heads, landmarks, query: q } = c;
  const width = d / heads;
  const inGroup = width / heads;
  const zero = (name: string, size: number): ParamSpec => ({
    name,
    shape: [size],
    init: { kind: 'constant', value: 0 },
  });
  const pooling = [
    glorot('pool.v.weight', [c.pool, d], d, c.pool),
    ...(c.gated ? [glorot('pool.u.weight', [c.pool, d], d, c.pool)] : []),
    glorot('pool.w.weight', [1, c.pool], c.pool, 1),
  ];
  const params: ParamSpec[] = [
    glorot('nyst.to_qkv.weight', [3 * d, d], d, 3 * d),
    glorot('nyst.to_out.weight', [d, d], d, d),
    zero('nyst.to_out.bias', d),
    glorot('nyst.res_conv.weight', [width, inGroup, c.kernel, 1], c.kernel * inGroup, c.kernel * width),
    glorot('local.wq.weight', [q, d], d, q),
    glorot('local.wk.weight', [q, d], d, q),
    glorot('local.wv.weight', [d, d], d, d),
    zero('local.wv.bias', d),
    ...pooling,
    glorot('fc.weight', [c.outputs, d], d, c.outputs),
    zero('fc.bias', c.outputs),
  ];

  const scores = (p: Params, fused: tf.Tensor): tf.Tensor2D => {
    const v = linear(fused, p['pool.v.weight']!); // [N, A]
    const hidden = c.gated ? gate(v, linear(fused, p['pool.u.weight']!)) : tf.tanh(v); // [N, A]
    return tf.reshape(linear(hidden, p['pool.w.weight']!), [1, fused.shape[0]!]); // [1, N]
  };

  return {
    params,
    hostParams: pooling.map(({ name }) => name),
    scores,
    forward(p, tiles, graph) {
      const n = tiles.shape[0];
      const padded = padFront(tiles, landmarks); // [L, D]
      const { y } = nystromAttention(
        padded,
        {
          qkv: p['nyst.to_qkv.weight']!,
          out: { weight: p['nyst.to_out.weight']!, bias: p['nyst.to_out.bias']! },
          mixture: headMixture(p['nyst.res_conv.weight']!, heads),
        },
        c,
      ); // [L, D]
      const global = tf.slice(y, [padded.shape[0] - n, 0], [n, d]); // [N, D]
      const e = tf.add(global, tiles); // [N, D]
      const own = linear(e, tf.mul(p['local.wq.weight']!, 1 / Math.sqrt(q))); // [N, q]
      const near = neighbourSum(linear(e, p['local.wk.weight']!), graph.neighbours!, graph.weights!); // [N, q]
      const local = tf.sum(tf.mul(own, near), 1); // [N]
      const attention = tf.softmax(local as tf.Tensor1D); // [N]
      const values = linear(tiles, p['local.wv.weight']!, p['local.wv.bias']!); // [N, D]
      const fused = fuse(tf.reshape(attention, [n, 1]), values, e); // [N, D]
      const pooled = pool(p, 'fc', scores(p, fused), fused);
      return { ...pooled, pooled: fused, extra: { global, local, localAttention: attention, fused } };
    },
  };
}

/**
 * 2 l g + 2 e (1 − g) with l = β v and g = σ(−l)². β: [N, 1], v and e: [N, D] → [N, D].
 * The derivative by l is 2 g (1 − 2 (l − e)(1 − s)), s = σ(−l), and the one by e is 2 (1 − g).
 */
function fuse(beta: tf.Tensor, v: tf.Tensor, e: tf.Tensor): tf.Tensor2D {
  return tf.customGrad((...args: unknown[]) => {
    const [b, x, y, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const s = tf.sigmoid(tf.mul(tf.neg(b), x)); // σ(−l), [N, D]
    const g = tf.square(s);
    const apart = tf.sub(tf.mul(b, x), y); // l − e
    save([b, x, s, g, apart]);
    return {
      value: tf.mul(tf.add(y, tf.mul(g, apart)), 2),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [bs, xs, ss, gs, as] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const twice = tf.mul(dy, 2);
        const through = tf.mul(twice, gs); // 2 g ∂, [N, D]
        const dl = tf.mul(through, tf.sub(1, tf.mul(tf.mul(as, 2), tf.sub(1, ss))));
        return [tf.sum(tf.mul(dl, xs), 1, true), tf.mul(dl, bs), tf.sub(twice, through)];
      },
    };
  })(beta, v, e) as tf.Tensor2D;
}

/**
 * The release's grouped convolution over the heads as one matrix on the channels of a token: entry [(a, c), (a′, c′)] is
 * w[c, c′, a′ − a + (K−1)/2] where c and c′ are in the same group, else 0. w: [d, d/h, K, 1] → [E, E].
 */
export function headMixture(w: tf.Tensor, heads: number): tf.Tensor2D {
  const [width, inGroup, kernel] = w.shape as [number, number, number];
  // The taps that ever meet data, a′ − a from 1 − h to h − 1, with zeros where the filter is shorter.
  const reach = 2 * heads - 1;
  const cut = Math.max(0, (kernel - reach) / 2);
  const short = Math.max(0, (reach - kernel) / 2);
  const central = tf.slice(tf.reshape(w, [width, inGroup, kernel]), [0, 0, cut], [width, inGroup, kernel - 2 * cut]);
  const taps = tf.transpose(
    tf.pad(central, [
      [0, 0],
      [0, 0],
      [short, short],
    ]),
    [0, 2, 1],
  ); // [d, 2h − 1, d/h]
  const rows = Array.from({ length: heads }, (_, a) =>
    tf.reshape(tf.slice(taps, [0, heads - 1 - a, 0], [width, heads, inGroup]), [heads, 1, inGroup * heads, inGroup]),
  ); // by a: [group, 1, (c, a′), c′]
  const blocks = tf.reshape(heads === 1 ? rows[0]! : tf.concat(rows, 1), [heads, heads * inGroup * heads, 1, inGroup]);
  const apart = tf.mul(blocks, tf.reshape(tf.eye(heads), [heads, 1, heads, 1])); // [group, (a, c, a′), group, c′]
  const rest = heads * inGroup * width; // (c, a′, group, c′)
  const byHead = tf.transpose(tf.reshape(apart, [heads, heads, rest]), [1, 0, 2]);
  return tf.reshape(byHead, [heads * width, heads * width]);
}
