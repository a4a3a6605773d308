import { buildModel } from '@asmil/baselines';
import { anchorOptionsSchema, parseConfig, withAnchor } from '@asmil/core';
import type { Checker } from './checker.js';
import { type Config, type Describe, onlyRandomness, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';
import type { Golden } from './schema.js';

const SETTINGS = ['hidden', 'attention', 'gated', 'reductionBias', 'loss'];

/** Losses by the files' names. */
const LOSSES: Readonly<Record<string, string>> = { ce: 'ce', 'sigmoid_nll_clamped_1e-5': 'sigmoid' };

function abmilConfig(golden: Golden): Config {
  onlyRandomness(golden, []);
  const config = readConfig(golden, SETTINGS, { D_attn: 'attention' });
  const { loss } = config.settings;
  if (typeof loss === 'string') config.settings.loss = LOSSES[loss] ?? loss;
  return config;
}

const abmil: Describe = (golden) => {
  const { dims, train, settings } = abmilConfig(golden);
  return { model: buildModel('abmil', settings, dims), train, draws: [] };
};

/** Settings of the anchor in files of the plug-in → names in the suite. */
const ANCHOR: Readonly<Record<string, string>> = {
  anchor: 'normalizer',
  anchor_temp: 'temperature',
  anchor_alpha: 'alpha',
  ema_m: 'momentum',
  ema_every: 'emaEvery',
  beta: 'beta',
};

/** A host with the anchor plug-in, from the host's own description. The file's `base` is the host's loss. */
export function withPlugin(host: Describe): Describe {
  return (golden) => {
    const { base: _, ...config } = golden.config;
    const own = Object.fromEntries(Object.entries(config).filter(([key]) => ANCHOR[key] === undefined));
    const described = host({ ...golden, config: own });
    const options = Object.fromEntries(
      Object.entries(ANCHOR).flatMap(([key, name]) => (config[key] === undefined ? [] : [[name, config[key]]])),
    );
    const [main] = Object.keys(described.terms ?? {});
    const terms = { ...described.terms, as: 'as', ...(main === undefined ? { base: 'ce' } : {}) };
    if (options.normalizer === 'none') return { ...described, terms };
    const settings = parseConfig('anchor', anchorOptionsSchema, options);
    return {
      ...described,
      model: withAnchor(described.model, settings),
      observer: settings.beta === 0 ? withAnchor(described.model, { ...settings, beta: 1 }) : undefined,
      terms,
    };
  };
}

export const abmilCheckers: Readonly<Record<string, Checker>> = {
  abmil: modelChecker(abmil),
  'plugin-abmil': modelChecker(withPlugin(abmil)),
};
