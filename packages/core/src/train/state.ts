import { tf } from '../engine/index.js';
import type { Model } from '../model.js';
import { initParams, type NamedArrays } from '../params.js';
import { createRng } from '../rng.js';
import { pack, unpack } from './flat.js';
import { layoutsOf } from './step.js';
import type { ModelWeights } from './types.js';

/** Everything that training carries from step to step, as flat device tensors. */
export interface TrainState {
  params: tf.Tensor;
  m: tf.Tensor;
  v: tf.Tensor;
  /** Steps of each parameter, for a model whose steps do not reach all of them. */
  steps?: tf.Tensor;
  /** `tree:anchor` … */
  trees: Record<string, tf.Tensor>;
  /** Per bag: `bag:ensemble` … */
  bags: Map<string, Record<string, tf.Tensor>>;
  /** Per bag, constants: `input:neighbours` … */
  readonly bagInputs: Map<string, Record<string, tf.Tensor>>;
  /** Steps taken. */
  step: number;
}

/** Start values that a stage before has made, by spec name. */
export interface StartValues {
  readonly params?: NamedArrays;
  readonly trees?: Readonly<Record<string, NamedArrays>>;
}

/** The start of a run: parameters from `seed` or `given`, trees given, copied or drawn, optimiser state zero. */
export function initState(model: Model, seed: number, given: StartValues = {}): TrainState {
  const layouts = layoutsOf(model);
  const rng = createRng(seed, 'init');
  const online = { ...initParams(model.params, rng.split('params')), ...given.params };
  const trees: Record<string, tf.Tensor> = {};
  for (const [name, specs] of Object.entries(model.trees ?? {})) {
    const arrays = { ...initParams(specs, rng.split('tree', name), online), ...given.trees?.[name] };
    trees[`tree:${name}`] = tf.keep(tf.tensor1d(pack(layouts.trees[name]!, arrays)));
  }
  const zeros = (): tf.Tensor => tf.keep(tf.tensor1d(new Float32Array(layouts.params.total)));
  return {
    params: tf.keep(tf.tensor1d(pack(layouts.params, online))),
    m: zeros(),
    v: zeros(),
    ...(model.reached && { steps: zeros() }),
    trees,
    bags: new Map(),
    bagInputs: new Map(),
    step: 0,
  };
}

export function disposeState(state: TrainState): void {
  state.steps?.dispose();
  for (const t of [state.params, state.m, state.v, ...Object.values(state.trees)]) t.dispose();
  for (const bag of [...state.bags.values(), ...state.bagInputs.values()]) tf.dispose(bag);
}

/** The state's parameters and trees as arrays by name, for a checkpoint. */
export function exportState(model: Model, state: TrainState): ModelWeights {
  const layouts = layoutsOf(model);
  return {
    params: unpack(layouts.params, state.params.dataSync() as Float32Array),
    trees: Object.fromEntries(
      Object.entries(layouts.trees).map(([name, layout]) => [
        name,
        unpack(layout, state.trees[`tree:${name}`]!.dataSync() as Float32Array),
      ]),
    ),
  };
}
