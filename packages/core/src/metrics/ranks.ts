import type { Vector } from './simplex.js';

/**
 * Area under the ROC curve by ranks, tied scores sharing their mean rank: the share of (positive, negative) pairs in
 * which the positive scores higher, ties counting one half. null without both kinds.
 */
export function auc(scores: Vector, positive: ArrayLike<number | boolean>): number | null {
  if (scores.length !== positive.length)
    throw new Error(`auc: ${scores.length} scores for ${positive.length} labels; one label a score is expected`);
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++;
    const rank = (from + 1 + to) / 2; // mean of the ranks from+1 … to
    for (let i = from; i < to; i++) {
      if (!positive[order[i]!]) continue;
      positives++;
      rankSum += rank;
    }
    from = to;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
