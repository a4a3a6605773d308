import type { LocalizationSettings } from './types.js';

/**
 * The challenge evaluates at level 5, where a pixel of a slide at 0.5 µm has 16 µm. Simulated slides of a smaller size show
 * the same area with fewer, wider tiles; their raster keeps about these micrometres, so that lesions keep their pixels.
 * 128 µm are 256 pixels at 0.5 µm.
 */
export const LOCALIZATION: LocalizationSettings = { version: 1, pixelUm: 16, tileUm: 128 };

/** False positives a slide at which a run keeps its sensitivity, for charts: half octaves from 1/16 to 64. */
export const FROC_AXIS: readonly number[] = Array.from({ length: 21 }, (_, i) => 2 ** (i / 2 - 4));
