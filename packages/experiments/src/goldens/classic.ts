import { type Config, readConfig } from './model-case.js';
import { type Golden, isTensor } from './schema.js';

/**
 * The files of the models for the classic benchmarks have names of their own for sizes, and leave out the axis of the one
 * bag: their logits are [C], ours [1, C].
 */

const CONFIG: Readonly<Record<string, string>> = { in_features: 'D_in', classes: 'C', bag_size: 'N' };

/** Remarks among the settings. */
const REMARKS = ['linear_layout', 'note', 'label', 'clamp', 'layernorm_eps'];

const OUTPUTS: Readonly<Record<string, string>> = { predicted: 'y_hat' };

const ROWS = ['logits', 'probs', 'attention', 'attention_raw', 'bag_feature'];

/** The file under the names that all checkers share; `rows` are further outputs [n] that are [1, n] here. */
export function fromClassic(golden: Golden, rows: readonly string[] = []): Golden {
  const config = Object.entries(golden.config)
    .filter(([key]) => !REMARKS.includes(key))
    .map(([key, value]) => [CONFIG[key] ?? key, value]);
  const outputs = Object.entries(golden.outputs).map(([key, value]) => {
    const flat = isTensor(value) && value.shape.length === 1 && [...ROWS, ...rows].includes(key);
    return [OUTPUTS[key] ?? key, flat ? { ...value, shape: [1, ...value.shape] } : value];
  });
  return { ...golden, config: Object.fromEntries(config), outputs: Object.fromEntries(outputs) };
}

/** The configuration of such a file, its variant under the suite's name. */
export function classicConfig(
  golden: Golden,
  names: readonly string[],
  renamed: Readonly<Record<string, string>>,
  variants: Readonly<Record<string, string>>,
): Config {
  const config = readConfig(golden, ['variant', ...names], renamed);
  const { variant } = config.settings;
  if (typeof variant !== 'string' || variants[variant] === undefined)
    throw new Error(`config: unknown variant ${JSON.stringify(variant)}`);
  config.settings.variant = variants[variant];
  return config;
}
