import { type TensorFunction, tf } from '../engine/index.js';
import type { Context, Model, Objective, Output, Params } from '../model.js';
import { clipGroups } from './clip.js';
import { flatten, type Layout, layoutOf, unflatten, unflattenLazily } from './flat.js';
import { adamStep } from './optimiser.js';
import { everywhere } from './reached.js';
import type { TrainConfig } from './types.js';

export interface Layouts {
  readonly params: Layout;
  readonly trees: Readonly<Record<string, Layout>>;
}

export function layoutsOf(model: Model): Layouts {
  return {
    params: layoutOf(model.params),
    trees: Object.fromEntries(Object.entries(model.trees ?? {}).map(([name, specs]) => [name, layoutOf(specs)])),
  };
}

/**
 * The objective and its gradient by parameter name; a parameter that the loss does not reach has none. Of the objective,
 * the loss, its terms, the new bag memory and the assigned parameters outlive the pass, and the caller disposes them
 * (`lasting`).
 */
export function gradients(
  model: Model,
  params: Params,
  x: tf.Tensor2D,
  target: tf.Tensor2D,
  ctx: Context,
): { objective: Objective; grads: Record<string, tf.Tensor | undefined> } {
  const names = Object.keys(params);
  let objective: Objective | undefined;
  const result = tf.engine().gradients(
    () => {
      objective = model.objective(params, x, target, ctx);
      // Everything that is read afterwards has to outlive the tidy around the forward pass.
      for (const t of lasting(objective)) tf.keep(t);
      return objective.loss;
    },
    names.map((n) => params[n]!),
    undefined,
    true,
  );
  const grads = Object.fromEntries(names.map((n, i) => [n, result.grads[i] as tf.Tensor | undefined]));
  return { objective: objective!, grads };
}

/** The tensors of an objective that outlive its pass. */
export function lasting(o: Objective): tf.Tensor[] {
  const optional = { ...o.bagState, ...o.assigned, ...(o.skipped && { skipped: o.skipped }) };
  return [o.loss, ...Object.values(o.terms), ...Object.values(optional)];
}

/** The names under which a model's inputs travel: `tree:anchor`, `draw:keep`, `bag:ensemble`, `input:neighbours`. */
export function group(inputs: Readonly<Record<string, tf.Tensor>>, prefix: string): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([k]) => k.startsWith(prefix))
      .map(([k, t]) => [k.slice(prefix.length), t]),
  );
}

/** The trees among a step's inputs, by name. */
function treesFrom(layouts: Layouts, inputs: Readonly<Record<string, tf.Tensor>>): Record<string, Params> {
  return Object.fromEntries(
    Object.entries(layouts.trees).map(([name, layout]) => [name, unflatten(layout, inputs[`tree:${name}`]!)]),
  );
}

/** New trees as outputs `tree:*` of a step. */
function treesOut(layouts: Layouts, trees: Readonly<Record<string, Params>> = {}): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(trees).map(([name, tree]) => [`tree:${name}`, flatten(layouts.trees[name]!, tree)]),
  );
}

/** Prefix of the output that holds the losses; the terms' names follow, so that a compiled step still tells them. */
export const LOSSES = 'losses:';

/**
 * One training step as a pure function. In: `params`, `m`, `v` and, for a model with `reached`, `steps` [P], `tree:*` [Q],
 * `x` [N, D], `target` [1, C], `numbers` [3], `draw:*`, `bag:*`, `input:*`. Out: `losses:<names of the terms>` [1 + terms], and the new `params`, `m`, `v`,
 * `steps`, `tree:*`, `bag:*`.
 */
export function trainStep(model: Model, config: TrainConfig): TensorFunction {
  const layouts = layoutsOf(model);
  return (inputs) => {
    const params = unflatten(layouts.params, inputs.params!);
    const trees = treesFrom(layouts, inputs);
    const ctx: Context = {
      train: true,
      draws: group(inputs, 'draw:'),
      trees,
      bagState: group(inputs, 'bag:'),
      bag: group(inputs, 'input:'),
    };
    const { objective, grads } = gradients(model, params, inputs.x as tf.Tensor2D, inputs.target as tf.Tensor2D, ctx);
    const kept = lasting(objective);
    const losses = tf.stack([objective.loss, ...Object.values(objective.terms)].map((t) => tf.reshape(t, []))); // [1 + terms]
    const gradient = flatten(layouts.params, clipGroups(model, grads));
    const state = {
      params: inputs.params as tf.Tensor1D,
      m: inputs.m as tf.Tensor1D,
      v: inputs.v as tf.Tensor1D,
      steps: inputs.steps as tf.Tensor1D | undefined,
    };
    const reached = model.reached?.(ctx.draws, inputs.target as tf.Tensor2D);
    const mask = reached && everywhere(layouts.params, reached);
    const next = { ...adamStep(config, state, gradient, inputs.numbers!, mask) };
    if (objective.assigned) {
      next.params = flatten(layouts.params, { ...unflatten(layouts.params, next.params), ...objective.assigned });
    }
    const out: Record<string, tf.Tensor> = { [LOSSES + Object.keys(objective.terms).join()]: losses, ...next };
    const updated = model.update?.(trees, unflattenLazily(layouts.params, next.params), 'step', ctx.draws);
    Object.assign(out, treesOut(layouts, updated));
    if (objective.skipped) {
      const skipped = tf.greater(objective.skipped, 0);
      for (const [name, t] of Object.entries(out)) if (inputs[name]) out[name] = tf.where(skipped, inputs[name], t);
    }
    for (const [name, t] of Object.entries(objective.bagState ?? {})) out[`bag:${name}`] = tf.clone(t);
    tf.dispose(kept);
    return out;
  };
}

/** The update of trees after an epoch, if the model has one. In: `params`, `tree:*`. Out: new `tree:*`. */
export function epochUpdate(model: Model): TensorFunction {
  const layouts = layoutsOf(model);
  return (inputs) => {
    const trees = treesFrom(layouts, inputs);
    return treesOut(layouts, model.update?.(trees, unflattenLazily(layouts.params, inputs.params!), 'epoch', {}));
  };
}

/** Evaluation of one bag. In: `params` [P], `x` [N, D], `draw:*`, `input:*`. Out: `logits` [1, C] and, if the model has one, `map` [M, N]. */
export function evalStep(model: Model): TensorFunction {
  const { params: layout } = layoutsOf(model);
  return (inputs) => {
    const ctx = evaluation(group(inputs, 'draw:'), group(inputs, 'input:'));
    const out = model.forward(unflatten(layout, inputs.params!), inputs.x as tf.Tensor2D, ctx);
    const result: Record<string, tf.Tensor> = { logits: out.logits };
    if (out.map) result.map = out.map;
    return result;
  };
}

/** The bag feature of one bag in evaluation, [1, D], for stages that are made of it. Inputs as of `evalStep`. */
export function featureStep(model: Model): TensorFunction {
  return (inputs) => {
    const { bagFeature } = forwardPass(model, inputs);
    if (!bagFeature) throw new Error(`${model.name} gives no bag feature`);
    return { bagFeature };
  };
}

/** The evidence for each class in every tile of one bag, [C, N]. Inputs as of `evalStep`. */
export function tileLogitStep(model: Model): TensorFunction {
  const { params: layout } = layoutsOf(model);
  return (inputs) => {
    if (!model.tileLogits) throw new Error(`${model.name} gives no logits of tiles`);
    return { tileLogits: model.tileLogits(unflatten(layout, inputs.params!), forwardPass(model, inputs)) };
  };
}

/** The model's forward pass in evaluation, from the inputs of a step. */
export function forwardPass(model: Model, inputs: Readonly<Record<string, tf.Tensor>>): Output {
  const ctx = evaluation(group(inputs, 'draw:'), group(inputs, 'input:'));
  return model.forward(unflatten(layoutsOf(model).params, inputs.params!), inputs.x as tf.Tensor2D, ctx);
}

/** The context of evaluation: no tree is read and nothing drawn but by models that draw there too. */
export function evaluation(draws: Params = {}, bag: Params = {}): Context {
  return { train: false, draws, trees: {}, bagState: {}, bag };
}

export const EVALUATION: Context = evaluation();
