import {
  bagContent,
  type Context,
  drawn,
  evaluation,
  gradients,
  lasting,
  type Model,
  metrics,
  type Output,
  type Params,
  passSizing,
  type TensorFunction,
  tf,
} from '@asmil/core';
import type { Checker } from './checker.js';
import { type Pairs, pairGolden } from './compare.js';
import { type Describe, type FileParams, type ModelCase, paramsOf, targetOf, xOf } from './model-case.js';
import { ensureEngine, group, layers, norm, onPaths, type Path, type Read, Runner, readAll } from './model-run.js';
import { checkSequence } from './model-sequence.js';
import type { Golden } from './schema.js';

/**
 * The checker of a model: every output, loss term and gradient of the file, computed eagerly and, where the engine compiles,
 * by the compiled graph as well (names with `compiled ` in front). A file that holds several steps is trained through them.
 */
export function modelChecker(describe: Describe): Checker {
  return async (golden, { engine }) => {
    await ensureEngine(engine);
    const given = describe(golden);
    if (Array.isArray(golden.inputs.x)) return onPaths((path) => checkSequence(golden, given, path));
    return onPaths((path) => {
      const got = computed(golden, given, path);
      return new Map([...pairGolden(golden, got), ...unreached(golden, got)]);
    });
  };
}

/** Parameters that the file says get no gradient have one of exactly 0, if they are optimised at all. */
function unreached(golden: Golden, { grads }: Computed): Pairs {
  const names = Array.isArray(golden.params_without_gradient) ? (golden.params_without_gradient as string[]) : [];
  return new Map(
    names
      .filter((name) => grads[name] !== undefined && golden.grads[name] === undefined)
      .map((name) => [`grads.${name}`, { got: grads[name], want: new Array(grads[name]!.data.length).fill(0) }]),
  );
}

/** The outputs and gradients of one pass, by the file's names. */
interface Computed {
  readonly outputs: Record<string, unknown> & { loss_terms: Record<string, number> };
  readonly grads: Record<string, Read>;
}

/** One pass over the bag of the file, by the model and by the observer of what the model leaves out. */
function computed(golden: Golden, given: ModelCase, path: Path): Computed {
  const own = pass(golden, given, given.model, path);
  const seen = given.observer ? pass(golden, given, given.observer, path).outputs : { loss_terms: {} };
  const terms: Record<string, number> = { ...seen.loss_terms, ...own.outputs.loss_terms };
  // A term that the model does not have counts nothing.
  for (const [theirs, ours] of Object.entries(given.terms ?? {})) terms[theirs] = terms[ours] ?? 0;
  return { outputs: { ...seen, ...own.outputs, loss_terms: terms }, grads: own.grads };
}

function pass(golden: Golden, given: ModelCase, model: Model, path: Path): Computed {
  const file = paramsOf(golden, model);
  const learns = golden.outputs.loss !== undefined || Object.keys(golden.grads).length > 0;
  const inputs = inputsOf(golden, given, model, file, learns);
  const runner = new Runner(path);
  const sizing = passSizing(model, given.train ? 'train' : 'evaluate', inputs.x!.shape[0]!, inputs);
  try {
    const out = runner.run('pass', probe(model, given, learns), inputs, sizing);
    const read = readAll(out);
    tf.dispose(out);
    return named(given, model, read);
  } finally {
    runner.dispose();
    tf.dispose(inputs);
  }
}

function inputsOf(golden: Golden, given: ModelCase, model: Model, file: FileParams, learns: boolean): Params {
  const x = xOf(golden, 0);
  const inputs: Record<string, tf.Tensor> = { x: tf.tensor(x.data, [...x.shape]) };
  const put = (prefix: string, arrays: Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>) => {
    for (const [name, { shape, data }] of Object.entries(arrays)) inputs[prefix + name] = tf.tensor(data, [...shape]);
  };
  put('param:', file.params);
  put('unused:', file.unused);
  for (const [root, tree] of Object.entries(file.trees)) put(`tree:${root}:`, tree);
  const { classes } = model.dims;
  if (learns) inputs.target = tf.tensor2d(given.target ?? targetOf(golden, classes, 0), [1, classes]);
  // In evaluation only a model that draws there reads the file's draws.
  const draws = given.train || model.evaluationDraws ? given.draws[0] : undefined;
  Object.assign(inputs, drawn('draw', draws));
  Object.assign(inputs, drawn('input', model.bagInputs?.(bagContent(inputs.x!, given.coords))));
  for (const [name, shape] of Object.entries(model.bagState?.(x.shape[0]!) ?? {})) {
    inputs[`bag:${name}`] = tf.zeros([...shape]);
  }
  return inputs;
}

/** Everything that a file may ask of one pass, as a pure function of named tensors. */
function probe(model: Model, given: ModelCase, learns: boolean): TensorFunction {
  return (inputs) => {
    const params = group(inputs, 'param:');
    const trees = Object.fromEntries(
      Object.keys(model.trees ?? {}).map((root) => [root, group(inputs, `tree:${root}:`)]),
    );
    const bag = group(inputs, 'input:');
    const ctx: Context = {
      train: given.train,
      draws: group(inputs, 'draw:'),
      trees,
      bagState: group(inputs, 'bag:'),
      bag,
    };
    const x = inputs.x as tf.Tensor2D;
    const out: Record<string, tf.Tensor> = {};
    const put = (name: string, t: tf.Tensor | undefined): void => {
      if (t !== undefined) out[name] = tf.clone(t);
    };
    let output: Output | undefined;
    if (learns) {
      const target = inputs.target as tf.Tensor2D;
      const { objective, grads } = gradients(model, params, x, target, ctx);
      put('loss', objective.loss);
      for (const [name, t] of Object.entries(objective.terms)) put(`term:${name}`, t);
      for (const [name, t] of Object.entries(grads)) put(`grad:${name}`, t);
      for (const [name, t] of Object.entries(objective.assigned ?? {})) put(`assigned:${name}`, t);
      tf.dispose(lasting(objective));
      // The tensors of the output above are gone with the gradient's tape.
      output = model.objective(params, x, target, ctx).output;
    }
    if (!given.train || !learns) {
      const evaluated = model.forward(
        params,
        x,
        evaluation(given.train && !model.evaluationDraws ? {} : ctx.draws, bag),
      );
      output = { ...output, ...evaluated, extra: { ...output?.extra, ...evaluated.extra } };
    }
    const { extra, attentionInput: _, ...main } = output!;
    for (const [name, t] of Object.entries(main)) put(`out:${name}`, t);
    for (const [name, t] of Object.entries(extra ?? {})) put(`extra:${name}`, t);
    const further = given.further?.({ ...params, ...group(inputs, 'unused:') }, output!);
    for (const [name, t] of Object.entries(further ?? {})) put(`file:${name}`, t);
    const moved = model.update?.(trees, params, 'step', ctx.draws) ?? model.update?.(trees, params, 'epoch', {});
    for (const [root, tree] of Object.entries(moved ?? {})) {
      for (const [name, t] of Object.entries(tree)) put(`moved:${root}:${name}`, t);
    }
    return out;
  };
}

/** Outputs that all models share: the file's name → ours. */
const OUTPUTS: Readonly<Record<string, string>> = {
  logits: 'out:logits',
  attention_raw: 'out:scores',
  attention: 'out:attention',
  bag_feature: 'out:bagFeature',
  anchor_raw: 'extra:anchorScores',
  anchor_attention: 'extra:anchorAttention',
};

/** Values under the file's names. */
function named(given: ModelCase, model: Model, read: Readonly<Record<string, Read>>): Computed {
  const terms = Object.entries(group(read, 'term:')).map(([name, { data }]) => [name, data[0]!] as const);
  const outputs: Computed['outputs'] = { loss_terms: Object.fromEntries(terms) };
  const extra = Object.fromEntries(
    Object.entries(given.extra ?? {}).map(([theirs, ours]) => [theirs, `extra:${ours}`]),
  );
  for (const [theirs, ours] of Object.entries({ ...OUTPUTS, ...extra })) {
    if (read[ours] !== undefined) outputs[theirs] = read[ours];
  }
  for (const [name, value] of Object.entries(group(read, 'assigned:'))) outputs[`${name}_after`] = value;
  Object.assign(outputs, group(read, 'file:'));
  const logits = read['out:logits']!;
  const p = metrics.probabilities(logits.data);
  const single = logits.data.length === 1;
  outputs.probs = { shape: logits.shape, data: single ? p.subarray(1) : p };
  // One logit decides at 0.5 for the class that it speaks of.
  outputs.y_hat = { shape: [1, 1], data: [single ? Number(p[1]! >= 0.5) : metrics.argmax(p)] };
  const map = read['out:map'];
  if (map !== undefined) outputs.attention_map = map.shape[0] === 1 ? { shape: [map.shape[1]], data: map.data } : map;

  if (read.loss !== undefined) outputs.loss = read.loss.data[0]!;
  Object.assign(outputs, group(read, 'file:'), given.assemble?.(read));

  const grads = layers(model.params, group(read, 'grad:'));
  outputs.grad_norm_l2_before_clip = norm(Object.values(grads));
  if (model.clip && read.loss !== undefined) {
    // A module's parameters share the first part of their names.
    outputs.grad_norms_before_clip = Object.fromEntries(
      model.clip.groups.map((names) => [names[0]!.split('.')[0]!, norm(names.map((name) => grads[name]!))]),
    );
  }
  outputs.grad_norms = Object.fromEntries(Object.entries(grads).map(([name, grad]) => [name, norm([grad])]));
  const moved = group(read, 'moved:anchor:');
  if (Object.keys(moved).length > 0) {
    outputs.anchor_after_ema_with_current_params = layers(model.trees!.anchor!, moved);
  }
  return { outputs, grads };
}
