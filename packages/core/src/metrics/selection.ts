import type { Scores } from '../train/types.js';

/** What model selection maximises: validation macro F1 + macro AUC; macro F1 alone where the AUC is undefined. */
export function selectionScore(scores: Scores): number {
  return scores.macroF1 + (scores.macroAuc ?? 0);
}

/** Index of the epoch with the largest selection score, the first on ties; −1 for no epochs. */
export function selectEpoch(validation: readonly Scores[]): number {
  let best = -1;
  let bestScore = Number.NEGATIVE_INFINITY;
  validation.forEach((scores, i) => {
    const score = selectionScore(scores);
    if (score > bestScore) {
      best = i;
      bestScore = score;
    }
  });
  return best;
}
