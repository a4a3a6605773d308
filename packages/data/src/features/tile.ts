import type { Attributes } from './file.js';

/** The tiles of a slide. */
export interface Tile {
  /** Side in pixels of level 0. */
  readonly level0: number;
  /** Side in pixels of the level, or at the magnification, at which they were cut. */
  readonly px: number;
}

/**
 * The tiles' size from the attributes of their coordinates: TRIDENT's `patch_size_level0`, or CLAM's `patch_size` times its
 * `downsample`.
 */
export function tileOf(attributes: Attributes): Tile | undefined {
  const px = number(attributes.patch_size);
  const level0 =
    number(attributes.patch_size_level0) ?? (px ?? Number.NaN) * (number(attributes.downsample) ?? Number.NaN);
  if (!(level0 > 0 && Number.isFinite(level0))) return undefined;
  return { level0, px: px ?? level0 };
}

/** A number, or the first of a list: the downsampling along x. */
function number(value: Attributes[string] | undefined): number | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'number' ? first : undefined;
}
