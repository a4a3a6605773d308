import { loadTissueFlags } from './cache.js';
import { HGSC_GRID, SAMPLES_PER_TILE, TISSUE_CLASSES, type TissueClass } from './grid.js';

/** The tissue of the slide as a raster, the background of figures (there is no photograph of this slide). */
export interface TissueMap {
  readonly width: number;
  readonly height: number;
  /** Samples along a tile's side: sample (i, j) lies at ((i + ½)/16, (j + ½)/16) in tile units. */
  readonly samplesPerTile: number;
  /** Names for the values 1, 2, …; 0 is no tissue. */
  readonly classes: readonly TissueClass[];
  /** Row-major [height, width]. */
  readonly data: Uint8Array;
}

/** Which class a sample in several classes is shown as: the first in this order. */
const SHOWN_FIRST: readonly TissueClass[] = ['necrosis', 'hemorragia', 'serum', 'tumor', 'stroma', 'omental_fat'];

/** Class value (0: none) of a byte of tissue flags. */
export function shownClass(flags: number): number {
  for (const c of SHOWN_FIRST) {
    const k = TISSUE_CLASSES.indexOf(c);
    if (flags & (1 << k)) return k + 1;
  }
  return 0;
}

/** Reads the tissue map from the cache. Throws `UserError` if the slide has not been fetched. */
export async function loadTissueMap(): Promise<TissueMap> {
  const lookup = Uint8Array.from({ length: 1 << TISSUE_CLASSES.length }, (_, flags) => shownClass(flags));
  return {
    width: HGSC_GRID.cols * SAMPLES_PER_TILE,
    height: HGSC_GRID.rows * SAMPLES_PER_TILE,
    samplesPerTile: SAMPLES_PER_TILE,
    classes: TISSUE_CLASSES,
    data: (await loadTissueFlags()).map((flags) => lookup[flags]!),
  };
}
