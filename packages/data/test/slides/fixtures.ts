import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Grey, Rgb } from '../../src/slides/image.js';
import type { TissueOptions } from '../../src/slides/tissue/presets.js';

/** Small slides with made-up outlines of tissue; README.md there says where they come from. */
export const SLIDES = join(import.meta.dirname, '..', 'fixtures', 'slides');
export const slidePath = (name: string): string => join(SLIDES, name);

type Points = [number, number][];

interface ExpectedContour {
  area: number;
  netArea: number;
  holesFound: number;
  holesKept: number;
  bbox0: [number, number, number, number];
  outer: Points;
  /** Kept ones, in pixels of the segmentation level. */
  holes: Points[];
  tiles: Points;
}

interface ExpectedPreset {
  params: {
    sthresh: number;
    mthresh: number;
    close: number;
    use_otsu: boolean;
    a_t: number;
    a_h: number;
    max_n_holes: number;
  };
  threshold: number;
  foregroundPixels: number;
  refPatchArea: number;
  saturationSum: number;
  medianSum: number;
  rejected: { area: number; net: number }[];
  contours: ExpectedContour[];
  tilesSortedXY: Points;
  numTiles: number;
  maskPng: string;
}

/** What an independent implementation, held against OpenCV 5.0.0 and OpenSlide 4.0.1, found in a slide. */
export interface Expected {
  slide: string;
  level0: [number, number];
  segLevel: number;
  segSize: [number, number];
  scale: [number, number];
  appMag: number;
  mpp: number;
  tile0: number;
  tileSamples: { tiles: { xy: [number, number]; meanRgb: number[]; stdRgb: number[] }[] };
  presets: Record<string, ExpectedPreset>;
}

export const expected = (name: string): Expected =>
  JSON.parse(readFileSync(slidePath(`${name}.expected.json`), 'utf8'));

export function tissueOptions({ params }: ExpectedPreset): TissueOptions {
  return {
    threshold: params.use_otsu ? 'otsu' : params.sthresh,
    median: params.mthresh,
    close: params.close,
    tissueArea: params.a_t,
    holeArea: params.a_h,
    holes: params.max_n_holes,
  };
}

/** A colour PNG. */
export async function readRgb(name: string): Promise<Rgb> {
  const { data, info } = await sharp(slidePath(name)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${name}: ${info.channels} channels`);
  return { width: info.width, height: info.height, data };
}

/** A PNG of black and white as zeros and ones. */
export async function readMask(name: string): Promise<Grey> {
  const { data, info } = await sharp(slidePath(name)).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 1) throw new Error(`${name}: ${info.channels} channels`);
  return { width: info.width, height: info.height, data: Uint8Array.from(data, (value) => Number(value > 127)) };
}

/** [x0, y0, x1, y1, …] as points. */
export const points = (flat: ArrayLike<number>): Points =>
  Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);

/** Points by x, then y. */
export const sorted = (list: Points): Points => [...list].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
