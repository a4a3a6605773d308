import type { Prediction, Predictor } from '@asmil/baselines';
import type { NamedSlide, OpenSlide } from './slides.js';
import type { PredictedSlide } from './table.js';
import { inSlide, type Unusable } from './unusable.js';

/** A slide without its features, and what reading and predicting it took. */
export interface PredictedNow {
  readonly slide: Omit<NamedSlide, 'features'>;
  readonly prediction: Prediction;
  readonly seconds: { readonly read: number; readonly predict: number };
}

/**
 * Predicts slide after slide, one in memory at a time; one that cannot be used is told to `unusable` and the others go on.
 * `each` is called with every slide that was predicted.
 */
export async function predictSlides(
  predictor: Predictor,
  slides: AsyncIterable<OpenSlide>,
  unusable: Unusable,
  each?: (done: PredictedNow) => void | Promise<void>,
): Promise<PredictedSlide[]> {
  const rows: PredictedSlide[] = [];
  for await (const open of slides) {
    const row = await unusable.attempt(async () => {
      const done = await predictOne(predictor, open);
      await each?.(done);
      const { label, probabilities } = done.prediction;
      return { slide: done.slide.id, label, probabilities };
    });
    if (row) rows.push(row);
  }
  return rows;
}

async function predictOne(predictor: Predictor, open: OpenSlide): Promise<PredictedNow> {
  const start = performance.now();
  const { features, ...slide } = await open();
  const middle = performance.now();
  const prediction = await inSlide(slide.id, () => predictor.predict({ ...slide, features }));
  const end = performance.now();
  return { slide, prediction, seconds: { read: (middle - start) / 1000, predict: (end - middle) / 1000 } };
}
