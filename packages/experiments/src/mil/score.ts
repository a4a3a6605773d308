import type { Predictor } from '@asmil/baselines';
import { type Cohort, metrics, type Scores, type Split, UserError } from '@asmil/core';
import type { PredictedSlide } from './table.js';
import { inSlide, type Unusable } from './unusable.js';

/** Scores of a trained model on some slides of a cohort. */
export interface SlideScores {
  readonly scores: Scores;
  /** One-vs-rest AUC and F1 by class; null where undefined. */
  readonly perClass: readonly {
    readonly name: string;
    readonly n: number;
    readonly f1: number | null;
    readonly auc: number | null;
  }[];
  /** Rows: true classes; columns: predicted ones. */
  readonly confusion: readonly (readonly number[])[];
  readonly slides: readonly PredictedSlide[];
}

/**
 * Predicts the slides of `ids` and compares with their labels; one that cannot be used is told to `unusable` and left out.
 * Throws `UserError` if there is none.
 */
export async function scoreSlides(
  predictor: Predictor,
  cohort: Cohort,
  split: Split,
  ids: readonly string[],
  unusable: Unusable,
): Promise<SlideScores> {
  if (ids.length === 0) throw new UserError(`${cohort.name}, ${split.name}: no slides in that part of the split`);
  const slides: PredictedSlide[] = [];
  const logits: number[][] = [];
  for (const id of ids) {
    await unusable.attempt(async () => {
      const bag = await cohort.load(id, split);
      const prediction = await inSlide(id, () => predictor.predict(bag));
      logits.push([...prediction.logits]);
      slides.push({ slide: id, truth: bag.label, label: prediction.label, probabilities: prediction.probabilities });
    });
  }
  if (slides.length === 0)
    throw new UserError(`${cohort.name}, ${split.name}: none of ${ids.length} slides can be used`);
  const labels = slides.map(({ truth }) => truth!);
  const classes = predictor.classes.length;
  const predicted = slides.map(({ label }) => label);
  const confusion = metrics.confusion(labels, predicted, classes);
  const f1 = metrics.f1PerClass(metrics.argmaxCounts(confusion));
  const auc = metrics.aucPerClass(
    slides.map(({ probabilities }) => probabilities),
    labels,
    classes,
  );
  return {
    scores: metrics.scoreBags(logits, labels, classes),
    perClass: predictor.classes.map((name, c) => ({
      name,
      n: labels.filter((label) => label === c).length,
      f1: f1[c]!,
      auc: auc[c]!,
    })),
    confusion,
    slides,
  };
}
