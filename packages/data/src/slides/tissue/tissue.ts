import type { Grey, Rgb } from '../image.js';
import { type Border, borderArea, borders } from './borders.js';
import { closing } from './closing.js';
import { medianBlur } from './median.js';
import { otsuThreshold } from './otsu.js';
import type { TissueOptions } from './presets.js';
import { saturation } from './saturation.js';

/** A piece of tissue, in pixels of level 0. */
export interface TissuePiece {
  /** x and y in turn. */
  readonly outer: Int32Array;
  readonly holes: readonly Int32Array[];
}

export interface Tissue {
  /** Above which saturation a pixel is tissue. */
  readonly threshold: number;
  /** Zeros and ones at the segmentation level, before small pieces are left out. */
  readonly mask: Grey;
  readonly pieces: readonly TissuePiece[];
}

/** The square that areas are given in, level-0 pixels. */
const REFERENCE_SIDE = 512;

/**
 * Tissue of a slide as CLAM finds it: saturation, median, threshold, closing, outlines, and the areas that count.
 * `image` is the segmentation level, `scale` how many level-0 pixels one of its pixels is wide and high.
 * Source: mahmoodlab/CLAM@53e2409 (`wsi_core/WholeSlideImage.py`, `segmentTissue`).
 */
export function findTissue(image: Rgb, scale: readonly [number, number], options: TissueOptions): Tissue {
  const smooth = medianBlur(saturation(image), options.median);
  const threshold = options.threshold === 'otsu' ? otsuThreshold(smooth) : options.threshold;
  const raw: Grey = { ...smooth, data: smooth.data.map((value) => Number(value > threshold)) };
  const mask = options.close > 0 ? closing(raw, options.close) : raw;
  const reference = Math.floor(REFERENCE_SIDE ** 2 / (scale[0] * scale[1]));
  const pieces = borders(mask).flatMap(({ outer, holes }): TissuePiece[] => {
    const sized = holes.map((hole) => ({ hole, area: borderArea(hole) }));
    const net = borderArea(outer) - sized.reduce((sum, { area }) => sum + area, 0);
    if (net === 0 || net <= options.tissueArea * reference) return [];
    const kept = sized
      .sort((a, b) => b.area - a.area)
      .slice(0, options.holes)
      .filter(({ area }) => area > options.holeArea * reference);
    return [{ outer: scaled(outer, scale), holes: kept.map(({ hole }) => scaled(hole, scale)) }];
  });
  return { threshold, mask, pieces };
}

const scaled = (points: Border, scale: readonly [number, number]): Int32Array =>
  points.map((value, i) => Math.trunc(value * scale[i % 2]!));
