import { klFromTarget, klToConstant } from '../attention/divergence.js';
import { attentionTarget } from '../attention/target.js';
import { ema } from '../ema.js';
import { noGrad, stopGradient, tf } from '../engine/index.js';
import type { Context, Dims, Draw, Model, Objective, Output, ParamSpec, Params } from '../model.js';
import { fanIn, linearSpecs } from '../nn/init.js';
import { crossEntropy, linear, matmul, projectInput } from '../nn/ops.js';
import type { Rng } from '../rng.js';
import {
  aggregate,
  blockSpecs,
  encodeFeat,
  logWeights,
  scoreParams,
  standardizeTokens,
  type TokenScores,
  type Tokens,
  tokenScores,
} from './paper-block.js';
import { type PaperConfig, parsePaperConfig } from './paper-config.js';

/**
 * ASMIL as the paper describes it (sections 4.1 to 4.4): FEAT tokens read the tiles through one transformer block, a class
 * token reads the kept FEAT tokens through a second one, and an EMA copy of the first block's attention is the target of the
 * online attention. Time and memory are linear in the number of tiles.
 */
export function asmilPaper(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const c = parsePaperConfig(settings, dims.input);
  const d = c.hidden;
  const usesTarget = c.stabiliser !== 'temporal' && c.anchor !== 'none' && c.beta > 0;
  // A uniform target knows nothing of the tiles and needs no copy of the attention block.
  const usesAnchor = usesTarget && c.anchor !== 'uniform';
  const usesTemporal = c.stabiliser === 'temporal' && c.beta > 0;

  const params: ParamSpec[] = [
    ...(c.reduce ? [{ name: 'reduce.weight', shape: [d, dims.input], init: fanIn(dims.input) }] : []),
    { name: 'feat', shape: [c.nFeat, d], init: { kind: 'normal', std: 0.02 } },
    { name: 'cls', shape: [1, d], init: { kind: 'normal', std: 0.02 } },
    ...blockSpecs('enc', d, c.mlpRatio),
    ...blockSpecs('agg', d, c.mlpRatio),
    ...linearSpecs('head', d, dims.classes),
  ];
  const copied = [
    ...scoreParams('enc'),
    ...(c.anchorScope === 'full' ? [...(c.reduce ? ['reduce.weight'] : []), 'feat'] : []),
  ];
  const anchor = copied.map((name): ParamSpec => {
    const source = params.find((s) => s.name === name)!;
    return { name, shape: source.shape, init: { kind: 'copy', of: name } };
  });

  const run = (p: Params, x: tf.Tensor2D, ctx: Context): Encoded => {
    const tiles = c.reduce ? projectInput(x, p['reduce.weight']!) : x; // [N, D]
    const feat = p.feat as tf.Tensor2D; // [K, D]
    const tokens = standardizeTokens(tiles, feat, c.lnEps);
    const scores = tokenScores(p, 'enc', tokens, c.heads);
    const encoded = encodeFeat(p, 'enc', feat, tokens, scores, { heads: c.heads, eps: c.lnEps, online: c.online });
    const keep = ctx.draws.keep;
    // Row 0 is the class token, which is always kept.
    const mask = keep ? tf.concat([tf.zeros([1]), tf.mul(tf.sub(keep, 1), 1e9)]) : undefined; // [1 + K]
    const rows = tf.concat([p.cls!, encoded.out], 0); // [1 + K, D]
    const bagFeature = aggregate(p, 'agg', rows, mask, { heads: c.heads, eps: c.lnEps }); // [1, D]
    const logits = linear(bagFeature, p['head.weight']!, p['head.bias']!); // [1, C]
    return { tiles, tokens, scores, attention: encoded.attention, featOut: encoded.out, bagFeature, logits };
  };

  const output = (e: Encoded): Output => {
    const n = e.tiles.shape[0];
    return {
      logits: e.logits,
      scores: tf.reshape(e.scores.tiles, [c.heads, c.nFeat, n]),
      attention: tf.reshape(e.attention, [c.heads, c.nFeat, n]),
      map: tf.mean(e.attention, 0, true) as tf.Tensor2D, // [1, N]
      bagFeature: e.bagFeature,
      extra: { featOut: e.featOut },
    };
  };

  /** The anchor's target over the keys of L_AS, [H·K, N] or [H·K, N + K]; a constant for the gradient. */
  const target = (
    anchorParams: Params | undefined,
    e: Encoded,
    x: tf.Tensor2D,
  ): { scores: tf.Tensor; attention: tf.Tensor } =>
    noGrad(() => {
      if (!anchorParams) {
        const scores = stopGradient(keysOf(e.scores, c.asKeys));
        return { scores, attention: attentionTarget(scores, 'uniform') };
      }
      const own = c.anchorScope === 'full';
      const tokens = own
        ? standardizeTokens(c.reduce ? projectInput(x, anchorParams['reduce.weight']!) : x, anchorParams.feat!, c.lnEps)
        : e.tokens;
      const s = tokenScores(anchorParams, 'enc', tokens, c.heads);
      const scores = keysOf(s, c.asKeys);
      return {
        scores,
        attention: attentionTarget(scores, c.anchor, { temperature: c.anchorTemp, alpha: c.anchorAlpha }),
      };
    });

  return {
    name: 'asmil',
    version: 1,
    config: { ...c },
    dims,
    params,
    trees: usesAnchor ? { anchor } : undefined,
    bagState: usesTemporal ? (n) => ({ ensemble: [n], visits: [1] }) : undefined,
    draws: c.dropRate > 0 ? (rng) => ({ keep: drawKept(rng, c.nFeat, c.dropRate) }) : undefined,
    forward: (p, x, ctx) => output(run(p, x, ctx)),
    objective(p, x, label, ctx): Objective {
      const e = run(p, x, ctx);
      const out = output(e);
      const ce = crossEntropy(e.logits, label);
      if (usesTemporal) {
        const { term, state } = temporalTerm(out.map!, ctx.bagState, c.ensembleRho);
        return { loss: tf.add(ce, tf.mul(term, c.beta)), terms: { ce, as: term }, output: out, bagState: state };
      }
      if (!usesTarget) return { loss: ce, terms: { ce }, output: out };
      const t = target(usesAnchor ? ctx.trees.anchor! : undefined, e, x);
      const as =
        c.stabiliser === 'feature'
          ? featureMatching(e, t.attention, c)
          : klFromTarget(logWeights(keysOf(e.scores, c.asKeys), c.online), t.attention, rowWeights(c, ctx.draws.keep));
      const n = e.tiles.shape[0];
      const shape: [number, number, number] = [c.heads, c.nFeat, c.asKeys === 'all' ? n + c.nFeat : n];
      return {
        loss: tf.add(ce, tf.mul(as, c.beta)),
        terms: { ce, as },
        output: {
          ...out,
          extra: {
            ...out.extra,
            anchorScores: tf.reshape(t.scores, shape),
            anchorAttention: tf.reshape(t.attention, shape),
          },
        },
      };
    },
    update: usesAnchor
      ? (trees, p, when) =>
          when === (c.emaEvery === 'batch' ? 'step' : 'epoch') ? { anchor: ema(trees.anchor!, p, c.emaM) } : undefined
      : undefined,
  };
}

interface Encoded {
  readonly tiles: tf.Tensor2D; // [N, D]
  readonly tokens: Tokens;
  readonly scores: TokenScores;
  readonly attention: tf.Tensor2D; // [H·K, N]
  readonly featOut: tf.Tensor2D; // [K, D]
  readonly bagFeature: tf.Tensor2D; // [1, D]
  readonly logits: tf.Tensor2D; // [1, C]
}

function keysOf(s: TokenScores, keys: 'tiles' | 'all'): tf.Tensor {
  return keys === 'all' ? tf.concat([s.tiles, s.feat], 1) : s.tiles;
}

/**
 * Random token drop (section 4.4): K uniforms, token k kept iff u_k ≥ B; if none is kept, one more uniform chooses the
 * token that stays. PAPER: says nothing about an empty set.
 */
export function drawKept(rng: Rng, k: number, dropRate: number): Draw {
  const values = Float32Array.from({ length: k }, () => (rng.next() >= dropRate ? 1 : 0));
  if (values.every((v) => v === 0)) values[rng.int(k)] = 1;
  return { shape: [k], values };
}

/** Weights of the rows (head by head) in L_AS: 1/(H K), or over the kept tokens only. */
function rowWeights(c: PaperConfig, keep: tf.Tensor | undefined): tf.Tensor | number {
  if (c.asTokens === 'all' || !keep) return 1 / (c.heads * c.nFeat);
  const perToken = tf.div(keep, tf.mul(tf.sum(keep), c.heads)); // [K]
  return tf.reshape(tf.tile(perToken, [c.heads]), [c.heads * c.nFeat, 1]);
}

/**
 * Per-slide temporal ensembling (appendix H): α̃ ← ρ α̃ + (1 − ρ) a over a slide's visits, starting with a itself, and
 * KL(a ‖ α̃) with the online map as first argument (Eq. 34). map: [1, N]; state: `ensemble` [N] and `visits` [1].
 */
export function temporalTerm(map: tf.Tensor2D, state: Params, rho: number): { term: tf.Scalar; state: Params } {
  const a = tf.reshape(map, [map.shape[1]]); // [N]
  const next = noGrad(() => {
    const now = stopGradient(a);
    const seen = tf.step(state.visits!); // [1], 0 at the first visit
    const before = tf.add(tf.mul(state.ensemble!, seen), tf.mul(now, tf.sub(1, seen)));
    return { ensemble: tf.add(tf.mul(before, rho), tf.mul(now, 1 - rho)), visits: tf.add(state.visits!, 1) };
  });
  return { term: klToConstant(a, next.ensemble), state: next };
}

/**
 * Softmax feature matching (appendix I): KL between the softmaxes of the anchor's and the online pooled features b_k = ā_kᵀ T,
 * ā the mean over heads, averaged over the K tokens.
 */
function featureMatching(e: Encoded, anchorAttention: tf.Tensor, c: PaperConfig): tf.Scalar {
  const n = e.tiles.shape[0];
  const overHeads = (a: tf.Tensor): tf.Tensor => tf.mean(tf.reshape(a, [c.heads, c.nFeat, n]), 0); // [K, N]
  return featureMatchingTerm(overHeads(e.attention), overHeads(anchorAttention), e.tiles);
}

/** online, anchor: [K, N] attention; tiles: [N, D]. The anchor's side is a constant. */
export function featureMatchingTerm(online: tf.Tensor, anchor: tf.Tensor, tiles: tf.Tensor): tf.Scalar {
  const own = matmul(online, tiles); // [K, D]
  const target = noGrad(() => tf.softmax(matmul(anchor, tiles) as tf.Tensor2D)); // [K, D]
  return klFromTarget(own, target, 1 / online.shape[0]!);
}
