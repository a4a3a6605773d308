/** How tissue is told from glass. */
export interface TissueOptions {
  /** Pixels whose saturation (0 to 255) is above this are tissue; `otsu` finds it slide by slide. */
  readonly threshold: number | 'otsu';
  /** Side of the median's window, odd, in pixels of the segmentation level. */
  readonly median: number;
  /** Side of the square that closes gaps, in the same pixels; 0 for none. */
  readonly close: number;
  /** Least area of a piece of tissue, without its holes, in squares of 512 level-0 pixels. */
  readonly tissueArea: number;
  /** Least area of a hole, in the same unit. */
  readonly holeArea: number;
  /** How many holes of a piece count, the largest first. */
  readonly holes: number;
}

/**
 * `otsu` is CLAM's default with its Otsu threshold, as the ASMIL paper (appendix B.1) names it without further numbers; the
 * others are the preset files of mahmoodlab/CLAM@53e2409 (`presets/`).
 */
export const TISSUE_PRESETS = {
  otsu: { threshold: 'otsu', median: 7, close: 4, tissueArea: 100, holeArea: 16, holes: 8 },
  default: { threshold: 8, median: 7, close: 4, tissueArea: 100, holeArea: 16, holes: 8 },
  'bwh-biopsy': { threshold: 15, median: 11, close: 2, tissueArea: 1, holeArea: 1, holes: 2 },
  'bwh-resection': { threshold: 15, median: 11, close: 4, tissueArea: 100, holeArea: 16, holes: 8 },
  tcga: { threshold: 8, median: 7, close: 4, tissueArea: 16, holeArea: 4, holes: 8 },
} satisfies Record<string, TissueOptions>;

export type TissuePreset = keyof typeof TISSUE_PRESETS;
