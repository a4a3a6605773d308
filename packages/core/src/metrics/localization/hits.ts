import type { Detection } from './detections.js';
import { type EvaluationMask, labelAt } from './evaluation-mask.js';

/**
 * Which pixel of the evaluation raster a point falls on: the official script's first version rounds down, its later one to
 * the nearest with halves to even.
 */
export const INDEXINGS = ['floor', 'round'] as const;
export type Indexing = (typeof INDEXINGS)[number];

/** What the detections on one slide hit. */
export interface SlideHits {
  /** Scores of the false positives, in the order of the detections. */
  readonly fp: readonly number[];
  /** For each label the best score on it; 0 for a lesion without a hit, and for isolated tumour cells. */
  readonly tp: readonly number[];
  /** Lesions to be found. */
  readonly count: number;
  /** Label hit by each detection, 0 for none. */
  readonly hits: readonly number[];
  readonly normal: boolean;
}

export interface HitOptions {
  /** Level-0 pixels along a side of a pixel of the evaluation raster. */
  readonly downsample: number;
  /** Default `floor`. */
  readonly indexing?: Indexing;
}

/**
 * Sorts the detections of one slide. `evaluation` is null for a normal slide, where everything is a false positive. Further
 * hits on one lesion are neither hits nor false positives; hits on isolated tumour cells count for nothing. A point outside
 * the raster is a false positive (official code stops or wraps around there).
 */
export function slideHits(
  detections: readonly Detection[],
  evaluation: EvaluationMask | null,
  { downsample, indexing = 'floor' }: HitOptions,
): SlideHits {
  if (evaluation === null) {
    return {
      fp: detections.map(({ score }) => score),
      tp: [],
      count: 0,
      hits: detections.map(() => 0),
      normal: true,
    };
  }
  const pixel = (at: number): number =>
    indexing === 'floor' ? Math.floor(at / downsample) : roundHalfEven(at / downsample);
  const fp: number[] = [];
  const tp = evaluation.lesions.map(() => 0);
  const hits = detections.map(({ score, x, y }) => {
    const label = labelAt(evaluation, pixel(y), pixel(x));
    if (label === 0) fp.push(score);
    else if (!evaluation.lesions[label - 1]!.isItc) tp[label - 1] = Math.max(tp[label - 1]!, score);
    return label;
  });
  return { fp, tp, count: evaluation.count, hits, normal: false };
}

/** To the nearest whole number, halves to the even one, as NumPy and Python round. */
export function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}
