import { buildModel } from '@asmil/baselines';
import { type Draw, type Output, type Params, tf } from '@asmil/core';
import type { Checker } from './checker.js';
import { arrayOf, type Describe, onlyRandomness, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';
import { overRows } from './rows.js';
import type { Golden } from './schema.js';

const SETTINGS = ['variant', 'hidden', 'attention', 'nToken', 'nMaskedPatch', 'maskDrop', 'dropout'];

/** Every masking call of a file with more heads than one lists them in this number. */
const HEADS = { ga: 1, mha: 8 };

const acmil: Describe = (golden) => {
  const { heads, train, seed: _, dropout, ...config } = golden.config;
  const variant = config.variant as 'ga' | 'mha';
  if (heads !== undefined && heads !== null && heads !== HEADS[variant])
    throw new Error(`config: heads ${heads}, ${variant} has ${HEADS[variant]}`);
  if (variant === 'mha') {
    delete config.D_attn;
    config.dropout = dropout;
  }
  const mode = train === false ? 'eval' : 'train';
  const names = { D_inner: 'hidden', D_attn: 'attention' };
  const read = readConfig({ ...golden, config: { ...config, mode } }, SETTINGS, names);
  onlyRandomness(golden, ['uniform', 'mask']);
  const model = buildModel('acmil', read.settings, read.dims);
  const k = model.config.nToken as number;
  return {
    model,
    train: read.train,
    draws: read.train ? [maskedTiles(golden, k, model.config.maskDrop as number)] : [],
    terms: { branch_ce: 'branchCe', bag_ce: 'ce' },
    extra: { branch_logits: 'branchLogits' },
    further(_params: Params, output: Output) {
      const rows = (t: tf.Tensor): tf.Tensor => (variant === 'mha' ? tf.reshape(t, [8, k, t.shape[1]!]) : t);
      const attention = rows(output.attention!);
      return {
        attention_raw: rows(output.extra!.maskedScores!),
        attention_branch: attention,
        attention: output.map!,
        ...(variant === 'mha'
          ? { attention_heads: tf.mean(attention, 1) }
          : { branch_features: output.extra!.branches! }),
      };
    },
  };
};

/**
 * The masked places from the file's uniforms, one matrix [heads, k] a branch for `mha` and one [K, k] for `ga`: of every
 * row the ⌊k·share⌋ smallest. Our rows go head by head.
 */
function maskedTiles(golden: Golden, branches: number, share: number): Record<string, Draw> {
  const { uniform } = golden.randomness;
  if (uniform === undefined) return {};
  const calls = (uniform as unknown[]).map(arrayOf);
  const k = calls[0]!.shape[1]!;
  const count = Math.floor(k * share);
  if (count === 0) return {};
  const rowOf = (r: number): Float32Array => {
    const [call, row] = calls.length === 1 ? [calls[0]!, r] : [calls[r % branches]!, Math.floor(r / branches)];
    return call.data.slice(row * k, (row + 1) * k);
  };
  const rows = calls.reduce((sum, call) => sum + call.shape[0]!, 0);
  const places = Array.from({ length: rows }, (_, r) => {
    const u = rowOf(r);
    const order = Array.from(u.keys()).sort((a, b) => u[a]! - u[b]!);
    return order.slice(0, count).map((rank) => r * k + rank);
  });
  return { masked: { shape: [rows, count], values: Int32Array.from(places.flat()) } };
}

export const acmilCheckers: Readonly<Record<string, Checker>> = {
  acmil: overRows(['logits', 'probs', 'attention', 'bag_feature'], modelChecker(acmil)),
};
