/** Pixels of a tile's side. */
export const TILE_PX = 256;
/** Pixels between two sample points of the tissue raster. */
export const SAMPLE_PX = 16;
/** Sample points along a tile's side. */
export const SAMPLES_PER_TILE = TILE_PX / SAMPLE_PX;

/** How many tiles a slide has; tile index = row · cols + col. */
export interface Grid {
  readonly cols: number;
  readonly rows: number;
}

/** The grid of the HGSC slide: 47,360 × 66,816 px. */
export const HGSC_GRID: Grid = { cols: 185, rows: 261 };

/** Tissue classes in the order of the masks; names as in the file. */
export const TISSUE_CLASSES = ['stroma', 'tumor', 'omental_fat', 'hemorragia', 'necrosis', 'serum'] as const;
export type TissueClass = (typeof TISSUE_CLASSES)[number];

/** A tile is a tissue tile with this many tissue samples or with a nucleus, a tumour tile with this many tumour samples. */
export const HALF_TILE = (SAMPLES_PER_TILE * SAMPLES_PER_TILE) / 2;
