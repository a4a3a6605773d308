import {
  bagContent,
  type Context,
  drawn,
  epochUpdate,
  flatten,
  gradients,
  type Layouts,
  LOSSES,
  lasting,
  layoutsOf,
  learningRate,
  type Model,
  pack,
  passSizing,
  selfCheckSlack,
  stepNumbers,
  type TensorFunction,
  type TrainConfig,
  tf,
  trainStep,
  unflatten,
  unpack,
} from '@asmil/core';
import { type Pairs, pairGolden } from './compare.js';
import { type FileParams, type ModelCase, paramsOf, targetOf, xOf } from './model-case.js';
import { group, layers, type Path, Runner } from './model-run.js';
import type { Golden } from './schema.js';

/** One step of a sequence. */
interface Step {
  readonly lr: number;
  readonly loss: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly gradNorm: number;
}

/** Everything that the steps move. */
type State = Record<string, tf.Tensor>;

/**
 * Trains through the steps of a file with the suite's own step, schedule and EMA, starting from the file's parameters and
 * with its draws, and compares losses, learning rates, gradient norms and the parameters at the end.
 */
export function checkSequence(golden: Golden, given: ModelCase, path: Path): Pairs {
  const { model } = given;
  const file = paramsOf(golden, model);
  const layouts = layoutsOf(model);
  const config = trainConfigOf(golden, given);
  const steps = stepsOf(golden, given);
  const perEpoch = steps / config.epochs;
  if (!Number.isInteger(perEpoch)) throw new Error(`config: ${steps} steps do not fill ${config.epochs} epochs`);
  const slack = selfCheckSlack(
    config,
    Object.keys(layouts.trees).map((root) => `tree:${root}`),
  );
  const runner = new Runner(path);
  const state = startOf(model, file, layouts);
  const bags = new Map<number, State>();
  const trace: Step[] = [];
  try {
    for (let i = 0; i < steps; i++) {
      const lr = learningRate(config, i / perEpoch);
      const bag = i % (golden.inputs.x as unknown[]).length;
      const inputs = inputsOf(golden, given, i);
      inputs.numbers = tf.tensor1d(stepNumbers(config, lr, i + 1));
      const memory = bags.get(bag) ?? memoryOf(model, inputs.x!.shape[0]!);
      bags.set(bag, memory);
      const f = stepAndNorm(model, config);
      const all = { ...state, ...memory, ...inputs };
      const out = runner.run('step', f, all, passSizing(model, 'train', inputs.x!.shape[0]!, all), slack);
      tf.dispose(inputs);
      trace.push({ lr, ...lossesOf(out) });
      for (const [name, t] of Object.entries(out)) replace(name.startsWith('bag:') ? memory : state, name, t);
      if (model.update && (i + 1) % perEpoch === 0) {
        const trees = runner.run('epoch', epochUpdate(model), state);
        for (const [name, t] of Object.entries(trees)) replace(state, name, t);
      }
    }
    return pairGolden(golden, { outputs: outputsOf(given, file, layouts, state, trace) });
  } finally {
    runner.dispose();
    tf.dispose([state, ...bags.values()]);
  }
}

/** The step together with the norm of its gradient, which the step itself does not give. */
function stepAndNorm(model: Model, config: TrainConfig): TensorFunction {
  const layouts = layoutsOf(model);
  const step = trainStep(model, config);
  return (inputs) => {
    const params = unflatten(layouts.params, inputs.params!);
    const trees = Object.fromEntries(
      Object.entries(layouts.trees).map(([root, layout]) => [root, unflatten(layout, inputs[`tree:${root}`]!)]),
    );
    const ctx: Context = {
      train: true,
      draws: group(inputs, 'draw:'),
      trees,
      bagState: group(inputs, 'bag:'),
      bag: group(inputs, 'input:'),
    };
    const { objective, grads } = gradients(model, params, inputs.x as tf.Tensor2D, inputs.target as tf.Tensor2D, ctx);
    const gradNorm = tf.sqrt(tf.sum(tf.square(flatten(layouts.params, grads))));
    tf.dispose(lasting(objective));
    return { ...step(inputs), gradNorm };
  };
}

/** Training settings of a file over those of its model. Rates that the suite does not have throw. */
function trainConfigOf(golden: Golden, given: ModelCase): TrainConfig {
  const c = golden.config;
  const number = (names: readonly string[], otherwise: number | undefined): number => {
    const value = names.map((name) => c[name]).find((v) => v !== undefined) ?? otherwise;
    if (typeof value !== 'number') throw new Error(`config: expected a number ${names.join(' or ')}`);
    return value;
  };
  if (number(['min_lr'], 0) !== 0) throw new Error(`config: min_lr ${c.min_lr}, the schedule ends at 0`);
  return {
    optimiser: given.training?.optimiser ?? 'adam',
    lr: number(['lr'], undefined),
    weightDecay: number(['weight_decay', 'wd'], 0),
    betas: (c.betas as [number, number] | undefined) ?? [0.9, 0.999],
    eps: number(['eps'], 1e-8),
    epochs: number(['epochs', 'train_epoch'], undefined),
    warmup: number(['warmup', 'warmup_epoch'], 0),
    schedule: given.training?.schedule ?? 'cosine',
    clip: c.clip === undefined ? (given.training?.clip ?? null) : c.clip === null ? null : number(['clip'], undefined),
    select: 'last',
  };
}

/** As many steps as there are draws; without draws, as the file lists results. */
function stepsOf(golden: Golden, given: ModelCase): number {
  const lists = Object.values(golden.outputs).filter(Array.isArray);
  return (
    given.draws.length || Math.max(0, ...lists.map((list) => list.length)) || (golden.inputs.x as unknown[]).length
  );
}

function startOf(model: Model, file: FileParams, layouts: Layouts): State {
  const params = tf.tensor1d(pack(layouts.params, file.params));
  const state: State = { params, m: tf.zerosLike(params), v: tf.zerosLike(params) };
  if (model.reached) state.steps = tf.zerosLike(params);
  for (const [root, layout] of Object.entries(layouts.trees)) {
    state[`tree:${root}`] = tf.tensor1d(pack(layout, file.trees[root]!));
  }
  return state;
}

function memoryOf(model: Model, n: number): State {
  const shapes = Object.entries(model.bagState?.(n) ?? {});
  return Object.fromEntries(shapes.map(([name, shape]) => [`bag:${name}`, tf.zeros([...shape])]));
}

function inputsOf(golden: Golden, given: ModelCase, step: number): State {
  const x = xOf(golden, step);
  const { classes } = given.model.dims;
  const inputs: State = {
    x: tf.tensor(x.data, [...x.shape]),
    target: tf.tensor2d(targetOf(golden, classes, step), [1, classes]),
  };
  const bag = bagContent(inputs.x!, given.coords);
  return { ...inputs, ...drawn('draw', given.draws[step]), ...drawn('input', given.model.bagInputs?.(bag)) };
}

/** Takes the numbers of a step out of its results. */
function lossesOf(out: State): Omit<Step, 'lr'> {
  const key = Object.keys(out).find((name) => name.startsWith(LOSSES))!;
  const [loss, ...values] = out[key]!.dataSync();
  const [gradNorm] = out.gradNorm!.dataSync();
  const names = key.slice(LOSSES.length).split(',');
  for (const name of [key, 'gradNorm']) {
    out[name]!.dispose();
    delete out[name];
  }
  return { loss: loss!, terms: Object.fromEntries(names.map((name, i) => [name, values[i]!])), gradNorm: gradNorm! };
}

function replace(state: State, name: string, t: tf.Tensor): void {
  state[name]?.dispose();
  state[name] = t;
}

/** The results under the names that files use, step by step or as one list a number. */
function outputsOf(
  given: ModelCase,
  file: FileParams,
  layouts: Layouts,
  state: State,
  trace: readonly Step[],
): Record<string, unknown> {
  const { model } = given;
  const flat = (name: string): Float32Array => state[name]!.dataSync() as Float32Array;
  const unused = model.unused?.filter((spec) => file.unused[spec.name] !== undefined) ?? [];
  const finalParams = { ...unpack(layouts.params, flat('params')), ...file.unused };
  const perStep = trace.map(({ lr, loss, terms, gradNorm }) => {
    const renamed = Object.entries(given.terms ?? {}).map(([theirs, ours]) => [theirs, terms[ours] ?? 0]);
    return { lr, loss, ...terms, ...Object.fromEntries(renamed), grad_norm: gradNorm };
  });
  const names = Object.keys(perStep[0] ?? {});
  const columns = names.map((name) => [`${name}_per_step`, perStep.map((step) => step[name as 'lr'])]);
  const anchor = layouts.trees.anchor;
  const trees = Object.entries(layouts.trees).map(([root, layout]) => [
    `final_${root}`,
    layers(layout.specs, unpack(layout, flat(`tree:${root}`))),
  ]);
  return {
    trace: perStep,
    ...Object.fromEntries(columns),
    grad_norm_before_clip: trace.map(({ gradNorm }) => gradNorm),
    final_params: layers([...model.params, ...unused], finalParams),
    ...Object.fromEntries(trees),
    ...(anchor && {
      anchor_unchanged: flat('tree:anchor').every((v, i) => Object.is(v, pack(anchor, file.trees.anchor!)[i])),
    }),
  };
}
