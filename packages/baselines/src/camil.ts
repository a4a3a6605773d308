import {
  type BagContent,
  crossEntropy,
  type Dims,
  type Draw,
  defaultHidden,
  linearSpecs,
  type Model,
  type Objective,
  type Output,
  type Params,
  parseConfig,
  projectInput,
  tf,
  UserError,
} from '@asmil/core';
import { z } from 'zod';
import type { CamilConfig } from './camil-branch.js';
import { releaseBranch } from './camil-release.js';
import { torchmilBranch } from './camil-torchmil.js';
import { neighbourCount, neighbourGraph } from './neighbours.js';
import { paddedLength } from './nystrom.js';

const count = z.number().int().positive();

const schema = z.strictObject({
  /** `release`: the authors' TensorFlow program. `torchmil`: the other public implementation. */
  variant: z.enum(['release', 'torchmil']).default('release'),
  /** Whether tiles are reduced to `hidden` first; the release itself takes features as they come. */
  project: z.boolean().default(true),
  /** Width D; by default from the input width, or the input width itself without a projection. */
  hidden: count.optional(),
  /** 8 in the release, 4 in torchmil. */
  heads: count.optional(),
  /** Landmarks m of the Nyström attention; D/2 by default. */
  landmarks: count.optional(),
  iterations: z.number().int().min(0).default(6),
  /** Query width q of the neighbour attention in the release, D/2 by default; torchmil's is D. */
  query: count.optional(),
  /** Width of the pooling's hidden layer. */
  pool: count.default(128),
  /** Gated pooling; torchmil has it off by default. */
  gated: z.boolean().optional(),
  /** Taps of the release's convolution over the heads. */
  kernel: count.default(33),
  /** C logits with softmax, or one logit for two classes. */
  head: z.enum(['softmax', 'sigmoid']).default('softmax'),
});

/**
 * CAMIL (Fourkioti, De Vries, Bakal, ICLR 2024): Nyström attention over all tiles, attention between each tile and its
 * spatial neighbours, a gate that fuses the two, and gated attention pooling. The neighbours come from the coordinates,
 * their weights from the raw features.
 */
export function camil(settings: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const { config, sizes } = parse(settings, dims);
  const branch = config.variant === 'release' ? releaseBranch(sizes) : torchmilBranch(sizes);
  const params = [...(config.project ? linearSpecs('project', dims.input, sizes.hidden) : []), ...branch.params];

  const run = (p: Params, x: tf.Tensor2D, graph: Params): Output => {
    const tiles = config.project ? projectInput(x, p['project.weight']!, p['project.bias']) : x; // [N, D]
    const { pooled, ...output } = branch.forward(p, tiles, graph);
    return { ...output, map: output.attention as tf.Tensor2D, attentionInput: { pooled } };
  };

  return {
    name: 'camil',
    version: 1,
    config,
    dims,
    params,
    unused: branch.unused,
    shapes: (n) => ({
      // Fewer tiles than a tile has neighbours.
      family: n > neighbourCount(n) ? '' : `N=${n}`,
      sizes: [paddedLength(n, sizes.landmarks).run],
    }),
    bagInputs,
    forward: (p, x, ctx) => run(p, x, ctx.bag),
    objective(p, x, target, ctx): Objective {
      const output = run(p, x, ctx.bag);
      // One logit z is the softmax of 0 and z.
      const both =
        config.head === 'softmax'
          ? output.logits
          : tf.pad(output.logits, [
              [0, 0],
              [1, 0],
            ]); // [1, C]
      const ce = crossEntropy(both, target);
      return { loss: ce, terms: { ce }, output };
    },
    host: { params: branch.hostParams, scores: (p, input) => branch.scores(p, input.pooled!) },
  };
}

function parse(settings: Readonly<Record<string, unknown>>, dims: Dims) {
  const parsed = parseConfig('camil', schema, settings);
  const release = parsed.variant === 'release';
  if (!parsed.project && (parsed.hidden ?? dims.input) !== dims.input) {
    const widths = `hidden width ${parsed.hidden} without a projection of ${dims.input} features`;
    throw new UserError(`camil: ${widths}; set "project" to true or leave "hidden" out`, 2);
  }
  if (parsed.head === 'sigmoid' && dims.classes !== 2)
    throw new UserError(`camil: one logit for ${dims.classes} classes; set "head" to "softmax"`, 2);
  const hidden = parsed.project ? (parsed.hidden ?? defaultHidden(dims.input)) : dims.input;
  const heads = parsed.heads ?? (release ? 8 : 4);
  // The convolution over the heads has as many groups as there are heads.
  const unit = release ? heads * heads : heads;
  if (hidden % unit !== 0) {
    const square = release ? ' squared' : '';
    throw new UserError(
      `camil: width ${hidden} is not a multiple of ${heads} heads${square}; change "hidden" or "heads"`,
      2,
    );
  }
  if (parsed.kernel % 2 === 0) throw new UserError(`camil: kernel ${parsed.kernel} is even; it must be odd`, 2);
  const config = {
    ...parsed,
    hidden,
    heads,
    landmarks: parsed.landmarks ?? Math.max(1, Math.floor(hidden / 2)),
    query: release ? (parsed.query ?? Math.max(1, Math.floor(hidden / 2))) : hidden,
    gated: parsed.gated ?? release,
  };
  const outputs = config.head === 'softmax' ? dims.classes : 1;
  return { config, sizes: { ...config, outputs } satisfies CamilConfig };
}

/** The neighbour graph of a bag: `neighbours` int32 [N, k] and `weights` [N, k]. */
function bagInputs({ n, coords, features }: BagContent): Record<string, Draw> {
  if (!coords) {
    throw new UserError(
      `camil reads the coordinates of the tiles, which a bag of ${n} does not have; use data with coordinates or another model`,
      2,
    );
  }
  const { count, index, weight } = neighbourGraph(coords, features());
  return { neighbours: { shape: [n, count], values: index }, weights: { shape: [n, count], values: weight } };
}
