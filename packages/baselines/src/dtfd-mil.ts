import {
  type Context,
  crossEntropy,
  type Dims,
  type Draw,
  defaultHidden,
  linear,
  linearSpecs,
  type Model,
  matmul,
  noGrad,
  type Objective,
  type Output,
  type ParamSpec,
  type Params,
  parseConfig,
  projectInput,
  type Rng,
  stopGradient,
  tf,
} from '@asmil/core';
import { z } from 'zod';
import { gatedScores, gatedSpecs } from './gated-attention.js';
import { type Chunks, chunkSizes, drawChunks, extremePlaces, outside } from './pseudo-bags.js';

const schema = z.strictObject({
  /** Width L of the reduced tiles; by default from the input width. */
  hidden: z.number().int().positive().optional(),
  /** Width A of both tiers' attention. */
  attention: z.number().int().positive().default(128),
  /** Pseudo-bags M. */
  groups: z.number().int().positive().default(4),
  /** Tiles k that each pseudo-bag hands on from an end of its ranking. */
  instancesPerGroup: z.number().int().positive().default(1),
  /**
   * What tier 2 sees of a pseudo-bag: the tiles of largest and smallest class activation, those of largest, those of largest
   * attention, or its pooled feature.
   */
  distill: z.enum(['MaxMinS', 'MaxS', 'MAS', 'AFS']).default('MaxMinS'),
  /** Largest gradient norm of each of the four modules. */
  gradClip: z.number().positive().default(5),
  /** Random splits of a bag whose predictions are averaged in evaluation. */
  evaluationSplits: z.number().int().positive().default(1),
});

const MODULES = ['dimReduction', 'attention', 'classifier', 'attCls'];

/**
 * DTFD-MIL, double-tier feature distillation (Zhang et al., CVPR 2022). Tier 1: the tiles are split at random into M
 * pseudo-bags of the slide's label, each pooled by gated attention and classified. Tier 2: an ABMIL over the features that
 * the pseudo-bags hand on. L = (1/M) Σ_m CE(t_m, y) + CE(logits, y); tier 2's input is a constant, so that either loss trains
 * its own tier, as the two optimisers of the official code do, and each module is clipped by itself.
 */
export function dtfdMil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const c = parseConfig('dtfd-mil', schema, settings);
  const l = c.hidden ?? defaultHidden(dims.input);
  const params: ParamSpec[] = [
    ...linearSpecs('dimReduction.fc1', dims.input, l, { bias: false }),
    ...gatedSpecs('attention', l, c.attention),
    ...linearSpecs('classifier.fc', l, dims.classes),
    ...gatedSpecs('attCls.attention', l, c.attention),
    ...linearSpecs('attCls.classifier.fc', l, dims.classes),
  ];
  const namesOf = (module: string): string[] =>
    params.map((s) => s.name).filter((name) => name.startsWith(`${module}.`));
  const classify = (p: Params, name: string, x: tf.Tensor): tf.Tensor2D =>
    linear(x, p[`${name}.weight`]!, p[`${name}.bias`]!);

  /** Both tiers for one split of the tiles. tiles: [N, L], scores: [1, N]. */
  const tiers = (p: Params, tiles: tf.Tensor2D, scores: tf.Tensor2D, chunks: Chunks) => {
    const chunkAttention = tf.softmax(tf.add(scores, outside(chunks.chunk, chunks.sizes.length))); // [M, N]
    const pooled = matmul(chunkAttention, tiles); // [M, L]
    const pseudoLogits = classify(p, 'classifier.fc', pooled); // [M, C]
    const extra: Record<string, tf.Tensor> = { chunkAttention, pooled, pseudoLogits };
    let rows: tf.Tensor; // [R, L]
    if (c.distill === 'AFS') rows = stopGradient(pooled);
    else {
      const ranking = c.distill === 'MAS' ? scores : lastClass(tiles, chunkAttention, p['classifier.fc.weight']!);
      const values = tf.reshape(ranking, [tiles.shape[0]]);
      extra.places = extremePlaces(values, chunks, c.instancesPerGroup, c.distill === 'MaxMinS'); // int32 [R]
      rows = noGrad(() => tf.gather(tiles, tf.gather(chunks.order, extra.places as tf.Tensor1D)));
    }
    const scores2 = gatedScores(p, 'attCls.attention', rows); // [1, R]
    const attention2 = tf.softmax(scores2); // [1, R]
    const bagFeature = matmul(attention2, rows) as tf.Tensor2D; // [1, L]
    Object.assign(extra, { distilled: rows, tier2Scores: scores2, tier2Attention: attention2 });
    return { logits: classify(p, 'attCls.classifier.fc', bagFeature), pseudoLogits, bagFeature, extra };
  };

  const forward = (p: Params, x: tf.Tensor2D, ctx: Context): Output & { pseudoLogits: tf.Tensor2D } => {
    const tiles = projectInput(x, p['dimReduction.fc1.weight']!); // [N, L]
    const scores = gatedScores(p, 'attention', tiles); // [1, N]
    const attention = tf.softmax(scores); // [1, N]: over the whole bag, whatever its split
    const splits = Array.from({ length: ctx.train ? 1 : c.evaluationSplits }, (_, i) => {
      const [order, chunk] = [ctx.draws[`order${i}`], ctx.draws[`chunk${i}`]] as (tf.Tensor1D | undefined)[];
      if (!order || !chunk) throw new Error('dtfd-mil: a pass needs its draws, in evaluation those of evaluationDraws');
      return tiers(p, tiles, scores, { order, chunk, sizes: chunkSizes(x.shape[0], c.groups) });
    });
    const { extra, ...out } = splits[0]!;
    return {
      ...out,
      logits: splits.length === 1 ? out.logits : meanPrediction(splits.map(({ logits }) => logits)), // [1, C]
      scores,
      attention,
      map: attention,
      attentionInput: { tiles },
      extra: { tiles, ...extra },
    };
  };

  const draws = (rng: Rng, n: number, splits: number): Record<string, Draw> =>
    Object.fromEntries(
      Array.from({ length: splits }, (_, i) => {
        const { order, chunk } = drawChunks(rng, n, c.groups);
        return [[`order${i}`, order] as const, [`chunk${i}`, chunk] as const];
      }).flat(),
    );

  return {
    name: 'dtfd-mil',
    version: 1,
    config: { ...c, hidden: l },
    dims,
    params,
    // From here on every chunk holds as many tiles as it hands on.
    shapes: (n) => ({ family: n < c.groups * c.instancesPerGroup ? `N=${n}` : '' }),
    draws: (rng, n) => draws(rng, n, 1),
    evaluationDraws: (rng, n) => draws(rng, n, c.evaluationSplits),
    clip: { norm: c.gradClip, groups: MODULES.map(namesOf) },
    forward,
    objective(p, x, target, ctx): Objective {
      const { pseudoLogits, ...output } = forward(p, x, ctx);
      const tier1 = tf.div(crossEntropy(pseudoLogits, target), pseudoLogits.shape[0]) as tf.Scalar;
      const tier2 = crossEntropy(output.logits, target);
      return { loss: tf.add(tier1, tier2), terms: { tier1, tier2 }, output };
    },
    // Class activations of tier 1 with the whole bag as one pseudo-bag: a_i (W_c h_i), [C, N].
    tileLogits: (p, { attention, extra }) =>
      tf.mul(matmul(p['classifier.fc.weight']!, extra!.tiles!, false, true), attention!) as tf.Tensor2D,
    host: { params: namesOf('attention'), scores: (p, input) => gatedScores(p, 'attention', input.tiles!) },
  };
}

/**
 * What the tiles are ranked by: the last class's probability in the softmax of the class activations a_i W_c h_i, here as
 * its log odds ln p − ln(1 − p), which order the same and do not run out of digits near 1/C. No gradient. → [1, N].
 */
function lastClass(tiles: tf.Tensor2D, chunkAttention: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  return noGrad(() => {
    const classes = weight.shape[0]!;
    const own = tf.sum(chunkAttention, 0, true); // [1, N]: every tile is in one chunk
    const activations = tf.mul(matmul(weight, tiles, false, true), own); // [C, N]
    const n = tiles.shape[0];
    const last = tf.slice(activations, [classes - 1, 0], [1, n]);
    const others = tf.sub(tf.slice(activations, [0, 0], [classes - 1, n]), last); // [C − 1, N]
    return tf.neg(classes === 2 ? others : tf.logSumExp(others, 0, true));
  });
}

/** The logits whose softmax is the mean of the softmax of several. */
function meanPrediction(logits: readonly tf.Tensor2D[]): tf.Tensor2D {
  return tf.log(tf.div(tf.addN(logits.map((z) => tf.softmax(z))), logits.length)) as tf.Tensor2D; // [1, C]
}
