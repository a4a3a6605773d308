import { z } from 'zod';
import { parseConfig } from './asmil/paper-config.js';
import { klFromTarget } from './attention/divergence.js';
import { attentionTarget } from './attention/target.js';
import { ema } from './ema.js';
import { noGrad, tf } from './engine/index.js';
import { UserError } from './errors.js';
import type { Model, Objective, ParamSpec } from './model.js';

export const anchorOptionsSchema = z.strictObject({
  /** How the anchor's scores become the target; `uniform` is a control without an anchor: the fixed target 1/N. */
  normalizer: z.enum(['nsf', 'softmax', 'entmax', 'uniform']).default('nsf'),
  momentum: z.number().min(0).max(1).default(0.999),
  beta: z.number().min(0).default(1),
  /** T of NSF or softmax. */
  temperature: z.number().positive().default(1),
  /** α of entmax. */
  alpha: z.number().min(1).default(1.5),
  emaEvery: z.enum(['batch', 'epoch']).default('batch'),
});

export type AnchorOptions = z.input<typeof anchorOptionsSchema>;

/**
 * The anchor as a plug-in (section 5.2, appendices M.2 and O): the host's own loss plus
 * β (1/R) Σ_r KL(α′_r ‖ softmax(z_r)) over its R rows of attention, α′ from an EMA copy of the host's attention block that
 * reads the same input. Inference is the host's alone: no parameter, operation or time is added.
 * With β = 0 the host is returned as it is. Throws `UserError` for a model without attention.
 */
export function withAnchor(host: Model, options: AnchorOptions = {}): Model {
  const o = parseConfig('anchor', anchorOptionsSchema, options);
  const block = host.host;
  if (!block)
    throw new UserError(
      `${host.name} has no attention scores that an anchor could watch; use a model with attention`,
      2,
    );
  if (o.beta === 0) return host;
  if (host.trees?.anchor) throw new UserError(`${host.name} has an anchor already; use it without the plug-in`, 2);
  const anchored = o.normalizer !== 'uniform';
  const anchor = block.params.map((name): ParamSpec => {
    const source = host.params.find((s) => s.name === name);
    if (!source) throw new Error(`${host.name}: attention parameter ${name} is not in its parameter table`);
    return { name, shape: source.shape, init: { kind: 'copy', of: name } };
  });
  return {
    ...host,
    config: { ...host.config, anchor: o },
    trees: anchored ? { ...host.trees, anchor } : host.trees,
    objective(p, x, target, ctx): Objective {
      const base = host.objective(p, x, target, ctx);
      const scores = base.output.scores!; // [R, N]
      const { raw, attention } = noGrad(() => {
        const z = anchored ? block.scores(ctx.trees.anchor!, base.output.attentionInput ?? {}) : scores;
        return { raw: z, attention: attentionTarget(z, o.normalizer, o) };
      });
      const as = klFromTarget(scores, attention, 1 / scores.shape[0]!);
      return {
        ...base,
        loss: tf.add(base.loss, tf.mul(as, o.beta)),
        terms: { ...base.terms, as },
        output: { ...base.output, extra: { ...base.output.extra, anchorScores: raw, anchorAttention: attention } },
      };
    },
    update: (trees, p, when, draws) => {
      const own = host.update?.(trees, p, when, draws);
      if (!anchored || when !== (o.emaEvery === 'batch' ? 'step' : 'epoch')) return own;
      return { ...own, anchor: ema(trees.anchor!, p, o.momentum) };
    },
  };
}
