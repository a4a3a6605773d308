import { mean } from '../stats/index.js';
import type { EpochAttention, ResultRun } from '../types.js';

/** How many last epochs describe settled attention. */
export const LAST_EPOCHS = 10;

/** What the attention of one run does over its last epochs: means over epochs and test bags. */
export interface AttentionRun {
  readonly split: string;
  readonly seed: number;
  /** Jensen–Shannon divergence between consecutive epochs, nats. */
  readonly jsd: number | null;
  /** Entropy / ln N; 1 is flat. */
  readonly entropy: number;
  /** Attention mass on labelled instances. */
  readonly instanceMass: number | null;
}

/** Means over the finished runs of a setting. */
export interface AttentionCell {
  readonly runs: readonly AttentionRun[];
  readonly jsd: number | null;
  readonly entropy: number;
  readonly instanceMass: number | null;
}

/** Null where the model exposes no attention. */
export function attentionOf(runs: readonly ResultRun[]): AttentionCell | null {
  const each = runs.flatMap((run): AttentionRun[] => {
    const last = run.result.epochs.slice(-LAST_EPOCHS).flatMap((epoch) => epoch.attention ?? []);
    const entropy = meanOf(last, 'entropy');
    if (entropy === null) return [];
    return [
      {
        split: run.split,
        seed: run.seed,
        jsd: meanOf(last, 'jsd'),
        entropy,
        instanceMass: meanOf(last, 'instanceMass'),
      },
    ];
  });
  if (each.length === 0) return null;
  return {
    runs: each,
    jsd: mean(each.flatMap((run) => run.jsd ?? [])),
    entropy: mean(each.map((run) => run.entropy)) ?? 0,
    instanceMass: mean(each.flatMap((run) => run.instanceMass ?? [])),
  };
}

function meanOf(records: readonly EpochAttention[], field: 'jsd' | 'entropy' | 'instanceMass'): number | null {
  return mean(records.flatMap((record) => record[field] ?? []));
}
