import type { AttentionState } from '../attention.js';
import { FLAT } from '../reading-attention.js';

/** What happened to a host's attention under a treatment. */
export type Verdict =
  /** Flat before and after: nothing can be said about stability. */
  | 'flat before'
  /** Moves as much as before. */
  | 'moves as much'
  /** Moves less, and is much flatter. */
  | 'flattened'
  /** Moves less, and is about as concentrated as before. */
  | 'steadied';

/** JSD has to fall below this share of the host's to count as moving less. */
export const LESS = 0.8;
/** Below this share of the host's concentration (1 − entropy / ln N) attention counts as flattened. */
export const MUCH_FLATTER = 0.5;

/** Null where either has no JSD. */
export function verdictOf(alone: AttentionState | null, treated: AttentionState | null): Verdict | null {
  if (alone?.jsd == null || treated?.jsd == null) return null;
  if (alone.entropy >= FLAT && treated.entropy >= FLAT) return 'flat before';
  if (treated.jsd >= LESS * alone.jsd) return 'moves as much';
  const kept = (1 - treated.entropy) / (1 - alone.entropy);
  return treated.entropy >= FLAT || kept < MUCH_FLATTER ? 'flattened' : 'steadied';
}

/** Whether attention is as flat as the control makes it: at most twice as concentrated. */
export function likeControl(treated: AttentionState | null, control: AttentionState | null): boolean | null {
  if (!treated || !control) return null;
  return 1 - treated.entropy <= 2 * (1 - control.entropy);
}
