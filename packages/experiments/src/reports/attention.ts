import { mean } from '../stats/index.js';
import type { EpochAttention, ResultRun } from '../types.js';

/** How many last epochs describe settled attention. */
export const LAST_EPOCHS = 10;

/** What attention does over the last epochs: means over epochs and test bags. */
export interface AttentionState {
  /** Jensen–Shannon divergence between consecutive epochs, nats. */
  readonly jsd: number | null;
  /** Entropy / ln N; 1 is flat. */
  readonly entropy: number;
  /** Largest weight × N; 1 is flat. */
  readonly peak: number | null;
  /** Share of the instances that hold half of the mass; 0.5 is flat. */
  readonly halfMass: number | null;
  /** Attention mass on labelled instances. */
  readonly instanceMass: number | null;
  /** AUC of attention against instance labels within a bag. */
  readonly instanceAuc: number | null;
}

/** One run's. */
export interface AttentionRun extends AttentionState {
  readonly split: string;
  readonly seed: number;
}

/** Means over the finished runs of a setting. */
export interface AttentionCell extends AttentionState {
  readonly runs: readonly AttentionRun[];
}

/** Null where the model exposes no attention. */
export function attentionOf(runs: readonly ResultRun[]): AttentionCell | null {
  const each = runs.flatMap((run): AttentionRun[] => {
    const last = run.result.epochs.slice(-LAST_EPOCHS).flatMap((epoch) => epoch.attention ?? []);
    const state = stateOf(last);
    return state ? [{ split: run.split, seed: run.seed, ...state }] : [];
  });
  const state = stateOf(each);
  return state && { runs: each, ...state };
}

/** Field by field the mean of what is there; null without any entropy. */
function stateOf(records: readonly (AttentionState | EpochAttention)[]): AttentionState | null {
  const of = (field: keyof AttentionState): number | null => mean(records.flatMap((record) => record[field] ?? []));
  const entropy = of('entropy');
  if (entropy === null) return null;
  return {
    jsd: of('jsd'),
    entropy,
    peak: of('peak'),
    halfMass: of('halfMass'),
    instanceMass: of('instanceMass'),
    instanceAuc: of('instanceAuc'),
  };
}
