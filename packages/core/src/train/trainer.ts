import { type Executor, type TensorFunction, tf } from '../engine/index.js';
import type { Model } from '../model.js';
import { createRng } from '../rng.js';
import type { DeviceBag } from './features.js';
import { bagContent, drawn, evaluationRng, passSizing } from './inputs.js';
import { learningRate, stepNumbers } from './optimiser.js';
import { disposeState, initState, type StartValues, type TrainState } from './state.js';
import { epochUpdate, evalStep, featureStep, forwardPass, LOSSES, tileLogitStep, trainStep } from './step.js';
import type { TrainConfig } from './types.js';

/** Losses of one step. */
export interface StepLosses {
  readonly loss: number;
  /** By name, before their weights. */
  readonly terms: Readonly<Record<string, number>>;
}

/**
 * How much further than by rounding a compiled step's parameters may differ from the eager one's. Adam's first steps have
 * length lr whatever the gradient's size, so a parameter whose gradient is 0 but for rounding (a key's bias under softmax)
 * moves by ±lr on either path. The moments, which such a parameter leaves at 0, are checked as strictly as everything else.
 */
export function selfCheckSlack(config: TrainConfig, trees: readonly string[]): Record<string, number> {
  return Object.fromEntries(['params', ...trees].map((name) => [name, 2 * config.lr]));
}

/** A model in training: its state and the three pure functions that move it, compiled where the engine can. */
export class Trainer {
  readonly state: TrainState;
  private readonly step_: TensorFunction;
  private readonly eval_: TensorFunction;
  private readonly epoch_: TensorFunction;
  private readonly key: string;
  private readonly targets: tf.Tensor[];

  constructor(
    readonly model: Model,
    readonly config: TrainConfig,
    private readonly seed: number,
    private readonly executor: Executor,
    start?: StartValues,
  ) {
    this.state = initState(model, seed, start);
    this.step_ = trainStep(model, config);
    this.eval_ = evalStep(model);
    this.epoch_ = epochUpdate(model);
    const { optimiser, weightDecay, betas, eps, clip } = config;
    this.key = JSON.stringify([
      model.name,
      model.version,
      model.config,
      model.dims,
      optimiser,
      weightDecay,
      betas,
      eps,
      clip,
    ]);
    this.targets = Array.from({ length: model.dims.classes }, (_, label) => {
      const oneHot = new Float32Array(model.dims.classes);
      oneHot[label] = 1;
      return tf.keep(tf.tensor2d(oneHot, [1, model.dims.classes]));
    });
  }

  /** One optimiser step on one bag at time `t` in epochs. The losses come back; they may be NaN. */
  step(bag: DeviceBag, t: number): StepLosses {
    const { model, state, config } = this;
    state.step++;
    const n = bag.x.shape[0];
    const bagState = this.bagState(bag.bag.id, n);
    const progress = Math.min(t / config.epochs, 1);
    const given: Record<string, tf.Tensor> = {
      numbers: tf.tensor1d(stepNumbers(config, learningRate(config, t), state.step)),
      ...drawn('draw', model.draws?.(createRng(this.seed, 'draws', state.step), n, progress)),
    };
    const inputs = {
      params: state.params,
      m: state.m,
      v: state.v,
      ...(state.steps && { steps: state.steps }),
      ...state.trees,
      x: bag.x,
      target: this.targets[bag.bag.label]!,
      ...given,
      ...bagState,
      ...this.bagInputs(bag),
    };
    const out = this.executor.run(
      `train ${this.key}`,
      this.step_,
      inputs,
      passSizing(model, 'train', n, inputs),
      selfCheckSlack(config, Object.keys(state.trees)),
    );
    tf.dispose(given);
    const { params, m, v, steps, ...rest } = out;
    tf.dispose([state.params, state.m, state.v, state.steps ?? []]);
    Object.assign(state, { params, m, v, steps });
    const name = Object.keys(rest).find((k) => k.startsWith(LOSSES))!;
    const { [name]: losses, ...updated } = rest;
    this.replace(updated, bag.bag.id);
    const [loss, ...terms] = losses!.dataSync();
    losses!.dispose();
    const names = name.slice(LOSSES.length).split(',');
    return { loss: loss!, terms: Object.fromEntries(names.map((n, i) => [n, terms[i]!])) };
  }

  /** What happens once after the last bag of an epoch. */
  endEpoch(): void {
    if (!this.model.update) return;
    const out = this.executor.run(`epoch ${this.key}`, this.epoch_, { params: this.state.params, ...this.state.trees });
    this.replace(out, '');
  }

  /** Evaluation of one bag: logits [C] and the attention map [M, N] if the model has one. */
  evaluate(bag: DeviceBag): { logits: Float32Array; map?: { rows: number; n: number; values: Float32Array } } {
    const out = this.evaluation('eval', this.eval_, bag);
    const logits = out.logits!.dataSync() as Float32Array;
    const map = out.map
      ? { rows: out.map.shape[0]!, n: out.map.shape[1]!, values: out.map.dataSync() as Float32Array }
      : undefined;
    tf.dispose(out);
    return { logits, map };
  }

  /** Whether the model's forward pass gives a bag feature. */
  givesBagFeature(bag: DeviceBag): boolean {
    const { model, state } = this;
    return tf.tidy(() => {
      const given = drawn('draw', model.evaluationDraws?.(evaluationRng(bag.x.shape[0]), bag.x.shape[0]));
      return (
        forwardPass(model, { params: state.params, x: bag.x, ...given, ...this.bagInputs(bag) }).bagFeature !==
        undefined
      );
    });
  }

  /** The bag feature of one bag in evaluation, [D]. */
  bagFeature(bag: DeviceBag): Float32Array {
    const { bagFeature } = this.evaluation('feature', featureStep(this.model), bag) as { bagFeature: tf.Tensor };
    const values = bagFeature.dataSync() as Float32Array;
    bagFeature.dispose();
    return values;
  }

  /** The evidence for each class in every tile of one bag, row-major [C, N]; undefined of a model that has none. */
  tileLogits(bag: DeviceBag): Float32Array | undefined {
    if (!this.model.tileLogits) return undefined;
    const { tileLogits } = this.evaluation('tiles', tileLogitStep(this.model), bag) as { tileLogits: tf.Tensor };
    const values = tileLogits.dataSync() as Float32Array;
    tileLogits.dispose();
    return values;
  }

  private evaluation(name: string, pass: TensorFunction, bag: DeviceBag): Record<string, tf.Tensor> {
    const { model, state } = this;
    const n = bag.x.shape[0];
    const given = drawn('draw', model.evaluationDraws?.(evaluationRng(n), n));
    const inputs = { params: state.params, x: bag.x, ...given, ...this.bagInputs(bag) };
    const sizing = passSizing(model, 'evaluate', n, inputs);
    const out = this.executor.run(`${name} ${this.key}`, pass, inputs, sizing);
    tf.dispose(given);
    return out;
  }

  /** What the model derives from the bag beside its features, made at its first visit. */
  private bagInputs({ bag, x }: DeviceBag): Record<string, tf.Tensor> {
    if (!this.model.bagInputs) return {};
    let own = this.state.bagInputs.get(bag.id);
    if (!own) {
      own = drawn('input', this.model.bagInputs(bagContent(x, bag.coords)));
      for (const t of Object.values(own)) tf.keep(t);
      this.state.bagInputs.set(bag.id, own);
    }
    return own;
  }

  private bagState(id: string, n: number): Record<string, tf.Tensor> {
    const shapes = this.model.bagState?.(n);
    if (!shapes) return {};
    let own = this.state.bags.get(id);
    if (!own) {
      own = Object.fromEntries(Object.entries(shapes).map(([k, s]) => [`bag:${k}`, tf.keep(tf.zeros([...s]))]));
      this.state.bags.set(id, own);
    }
    return own;
  }

  /** Puts new trees and bag memory in the place of the old ones. */
  private replace(next: Readonly<Record<string, tf.Tensor>>, bagId: string): void {
    for (const [name, t] of Object.entries(next)) {
      const home = name.startsWith('tree:') ? this.state.trees : this.state.bags.get(bagId)!;
      home[name]?.dispose();
      home[name] = t;
    }
  }

  dispose(): void {
    disposeState(this.state);
    tf.dispose(this.targets);
  }
}
