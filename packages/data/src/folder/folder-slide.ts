import { type Bag, UserError } from '@asmil/core';
import { readSlide } from '../features/read-slide.js';
import type { SlideFeatures, SlideFiles } from '../features/slide.js';
import { frameOf, toTiles } from './frame.js';
import type { FolderOptions } from './options.js';

/** Where the tiles of a slide lie at level 0. */
export interface SlidePlaces {
  /** Upper left corners, [N, 2], x then y, pixels. */
  readonly positions: Int32Array;
  /** Side of a tile, and the step from one to the next, pixels. */
  readonly side: number;
  readonly step: number;
  /** Width and height of the whole slide, where the files say. */
  readonly extent?: readonly [number, number];
}

/** A slide out of its files, with or without a label. */
export interface FolderSlide extends Omit<Bag, 'label'> {
  /** Undefined without coordinates. */
  readonly places?: SlidePlaces;
  /** What was done about numbers that are not finite. */
  readonly warnings: readonly string[];
}

/**
 * Reads a slide, its coordinates in tile units as a bag's are. Throws a `UserError` of one line that names slide and file, also
 * for a slide without tiles.
 */
export async function loadSlide(
  files: SlideFiles,
  options: Pick<FolderOptions, 'tile' | 'nonFinite'>,
): Promise<FolderSlide> {
  const slide = await readSlide(files, options);
  const { id, n, dim: d, features, positions, tileLabels, warnings } = slide;
  if (n === 0)
    throw new UserError(
      `slide ${id}: ${files.features.name}: it has no tiles${warnings.length > 0 ? ' with finite features' : ''}`,
    );
  const frame = frameOf(slide, options.tile);
  return {
    ...{ id, n, d, features, warnings },
    ...(frame && positions ? { coords: toTiles(positions, frame), places: placesOf(slide, frame.side, options) } : {}),
    ...(tileLabels ? { instanceLabels: tileLabels } : {}),
  };
}

function placesOf(slide: SlideFeatures, step: number, { tile }: Pick<FolderOptions, 'tile'>): SlidePlaces {
  const extent = extentOf(slide);
  return {
    ...{ positions: slide.positions!, side: slide.tile?.level0 ?? tile ?? step, step },
    ...(extent ? { extent } : {}),
  };
}

/** TRIDENT writes the size of level 0, CLAM that of the level at which it patches, and how much coarser that is. */
function extentOf({ attributes }: SlideFeatures): [number, number] | undefined {
  const { level0_width: width, level0_height: height, level_dim: size, downsample } = attributes;
  if (typeof width === 'number' && typeof height === 'number') return sound(width, height);
  if (!Array.isArray(size) || !Array.isArray(downsample)) return undefined;
  return sound(Number(size[0]) * Number(downsample[0]), Number(size[1]) * Number(downsample[1]));
}

const sound = (width: number, height: number): [number, number] | undefined =>
  width > 0 && height > 0 && Number.isFinite(width * height) ? [width, height] : undefined;
