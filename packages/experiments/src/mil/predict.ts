import type { Predictor } from '@asmil/baselines';
import { UserError } from '@asmil/core';
import type { NamedSlide } from './slides.js';
import type { PredictedSlide } from './table.js';

/** What came of several slides: predictions, and a line for each that could not be used. */
export interface Predicted {
  readonly slides: readonly PredictedSlide[];
  readonly failed: readonly string[];
}

/**
 * Predicts slide after slide; one that cannot be used is told and the others go on, or with `strict` it is thrown. `each` is
 * called with every slide that was predicted, while its numbers are there.
 */
export async function predictSlides(
  predictor: Predictor,
  names: readonly string[],
  open: (name: string) => Promise<NamedSlide>,
  options: {
    readonly strict: boolean;
    readonly failed: (line: string) => void;
    readonly each?: (slide: NamedSlide, prediction: ReturnType<Predictor['predict']>) => Promise<void>;
  },
): Promise<Predicted> {
  const slides: PredictedSlide[] = [];
  const failed: string[] = [];
  for (const name of names) {
    try {
      const slide = await open(name);
      const prediction = inSlide(slide.id, () => predictor.predict(slide));
      await options.each?.(slide, prediction);
      slides.push({ slide: slide.id, label: prediction.label, probabilities: prediction.probabilities });
    } catch (error) {
      if (!(error instanceof UserError) || options.strict) throw error;
      failed.push(error.message);
      options.failed(error.message);
    }
  }
  return { slides, failed };
}

/** Errors about a slide's numbers name the slide. */
export function inSlide<T>(id: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`slide ${id}: ${error.message}`, error.exitCode);
    throw error;
  }
}
