import { tf } from '../engine/index.js';
import { UserError } from '../errors.js';
import { entmax } from './entmax.js';
import { nsf, softmax } from './normalisers.js';

/** How an anchor turns its scores into a target distribution. `uniform` is a control: 1/N, no anchor at all. */
export type TargetNormaliser = 'nsf' | 'softmax' | 'entmax' | 'uniform';

/** The anchor's target over the last axis. scores: [R, N] → [R, N]. T acts on NSF and softmax, α on entmax. */
export function attentionTarget(
  scores: tf.Tensor,
  normaliser: TargetNormaliser | 'none',
  options: { temperature?: number; alpha?: number } = {},
): tf.Tensor {
  switch (normaliser) {
    case 'nsf':
      return nsf(scores, options.temperature ?? 1);
    case 'softmax':
      return softmax(scores, options.temperature ?? 1);
    case 'entmax':
      return entmax(scores, options.alpha ?? 1.5);
    case 'uniform':
      return softmax(tf.mul(scores, 0));
    default:
      throw new UserError(`attention target "${normaliser}" found, expected nsf, softmax, entmax or uniform`, 2);
  }
}
