import { basename } from 'node:path';
import { UserError } from '@asmil/core';
import { fileSource } from '../files/byte-source.js';
import { aperioProperties, type Magnification, magnificationOf } from './magnification.js';
import { readDirectories, type TiffDirectory } from './tiff/directories.js';

/** One resolution of a slide. */
export interface Level {
  /** Index of its picture in the file. */
  readonly page: number;
  readonly width: number;
  readonly height: number;
  /** Level-0 pixels a pixel is wide, and high on average. */
  readonly downsample: number;
}

/** A slide's structure; pixels are read by `pixels.ts`. */
export interface Slide {
  readonly path: string;
  /** Names the file in errors. */
  readonly name: string;
  /** Size of the file. */
  readonly bytes: number;
  /** From the largest to the smallest. */
  readonly levels: readonly Level[];
  /** Undefined where the file does not tell. */
  readonly magnification?: Magnification;
}

const JPEG_2000 = [33003, 33004, 33005, 34712];
/** None, LZW, JPEG, deflate, PackBits, WebP. */
const READ = [1, 5, 7, 8, 32773, 32946, 50001];
const MASK = 4;
/** By how much the aspect of a level may differ from the slide's, since sizes are rounded. */
const ASPECT = 0.02;

/**
 * Opens a tiled pyramidal TIFF or an Aperio SVS file. Throws a `UserError` of one line that names the file: it is no such
 * file, cut short or damaged, or compressed in a way that cannot be read (JPEG 2000).
 */
export async function openSlide(path: string): Promise<Slide> {
  const name = basename(path);
  const source = await fileSource(path, name);
  try {
    const directories = await readDirectories(source);
    const levels = levelsOf(directories, name);
    const { description, density } = directories[levels[0]!.page]!;
    const magnification = magnificationOf(aperioProperties(description), density);
    return { path, name, bytes: source.size, levels, ...(magnification ? { magnification } : {}) };
  } finally {
    await source.close();
  }
}

/** The tiled pictures of the slide's shape; thumbnail, label and photograph of the glass are stored in strips. */
function levelsOf(directories: readonly TiffDirectory[], name: string): Level[] {
  const levels: Level[] = [];
  for (const [page, { width, height, tiled, subfileType, compression }] of directories.entries()) {
    if (!tiled || subfileType & MASK) continue;
    const first = levels[0] ?? { width, height };
    const [x, y] = [first.width / width, first.height / height];
    const smaller = width < (levels.at(-1)?.width ?? Number.POSITIVE_INFINITY);
    // A small level has a side of few pixels, of which one may be cut off.
    if (!smaller || Math.abs(x / y - 1) > Math.max(ASPECT, 2 / Math.min(width, height))) continue;
    if (JPEG_2000.includes(compression))
      throw new UserError(
        `${name}: its tiles are JPEG 2000, which cannot be read here; convert it to a tiled TIFF of JPEG`,
      );
    if (!READ.includes(compression))
      throw new UserError(`${name}: its tiles have compression ${compression}, which cannot be read here; use JPEG`);
    levels.push({ page, width, height, downsample: (x + y) / 2 });
  }
  if (levels.length === 0)
    throw new UserError(`${name}: no tiled picture in it, expected a tiled pyramidal TIFF or an SVS file`);
  return levels;
}

/** The last level that is at most `downsample` times as small as the slide, as OpenSlide chooses it. */
export function levelFor({ levels }: Slide, downsample: number): Level {
  return levels.findLast((level) => level.downsample <= downsample) ?? levels[0]!;
}
