import { buildModel, modelNames } from '@asmil/baselines';
import type { Model, TrainConfig } from '@asmil/core';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import { unknownName } from '../runner/nearest.js';
import { CLASSES } from './classes.js';
import type { BenchCase } from './types.js';

export { CLASSES };

interface Variant {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly train: Partial<TrainConfig>;
}

/** Variants of a model that are timed under a name of their own. Every model of the registry is a workload as it is. */
const VARIANTS: Readonly<Record<string, Variant>> = {
  'asmil-release': {
    name: 'asmil',
    config: { variant: 'release' },
    train: { optimiser: 'adamw', weightDecay: 1e-5, clip: 5 },
  },
};

/** Every workload that can be timed, by name. */
export function workloadNames(): string[] {
  return [...modelNames(), ...Object.keys(VARIANTS)].sort();
}

/** `abmil,asmil` or `all` → names. Throws `UserError` (exit code 2) with the nearest name. */
export function parseModels(names: readonly string[]): string[] {
  const known = workloadNames();
  return names.flatMap((name) => {
    if (name === 'all') return known;
    if (!known.includes(name)) throw unknownName('model', name, [...known, 'all']);
    return [name];
  });
}

export interface Workload {
  readonly model: Model;
  readonly train: TrainConfig;
}

/** The model with its training settings: the paper's, at a constant rate, unless the variant has others. `config` adds settings of the model. */
export function workload(name: string, d: number, config: BenchCase['config'] = {}): Workload {
  const variant = VARIANTS[name];
  const settings = { ...variant?.config, ...config };
  const model = buildModel(variant?.name ?? name, settings, { input: d, classes: CLASSES });
  return { model, train: { ...PAPER_TRAINING, schedule: 'constant', ...variant?.train } };
}
