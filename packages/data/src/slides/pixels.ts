import { UserError } from '@asmil/core';
import type { Sharp } from 'sharp';
import type { Rgb } from './image.js';
import { loadSharp } from './libraries.js';
import type { Level, Slide } from './slide.js';

/** A larger picture is not read as a whole. */
export const MOST_PIXELS = 1e8;

/** A whole level. Throws a `UserError` that names the file for one that is too large, or cannot be read. */
export async function readLevel(slide: Slide, level: Level): Promise<Rgb> {
  const { width, height } = level;
  if (width * height > MOST_PIXELS)
    throw new UserError(
      `${slide.name}: its smallest fitting level has ${width} x ${height} pixels, expected at most ${MOST_PIXELS}; save it with more levels`,
    );
  return pixels(await open(slide, level), slide, () => 'a level');
}

/** A rectangle of a level, in its pixels; what lies outside the slide is black. Throws as `readLevel` does. */
export async function readRegion(
  slide: Slide,
  level: Level,
  left: number,
  top: number,
  width: number,
  height: number,
): Promise<Rgb> {
  const [x, y] = [Math.max(0, left), Math.max(0, top)];
  const [w, h] = [Math.min(level.width, left + width) - x, Math.min(level.height, top + height) - y];
  if (w <= 0 || h <= 0) return { width, height, data: new Uint8Array(3 * width * height) };
  const image = (await open(slide, level)).extract({ left: x, top: y, width: w, height: h });
  const part = await pixels(image, slide, () => `the part at (${left}, ${top})`);
  if (w === width && h === height) return part;
  const data = new Uint8Array(3 * width * height);
  for (let row = 0; row < h; row++)
    data.set(part.data.subarray(3 * row * w, 3 * (row + 1) * w), 3 * ((y - top + row) * width + x - left));
  return { width, height, data };
}

/** The picture in another size: bilinear, with smoothing where it becomes smaller. */
export async function resized(image: Rgb, width: number, height: number): Promise<Rgb> {
  if (image.width === width && image.height === height) return image;
  const data = await (await raw(image)).resize(width, height, { fit: 'fill', kernel: 'linear' }).raw().toBuffer();
  return { width, height, data };
}

/** The picture, in the hands of the library. */
export async function raw({ width, height, data }: Rgb): Promise<Sharp> {
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}

/** Colours stay as they are stored: no profile is applied, as OpenSlide does it. */
async function open({ path }: Slide, { page }: Level): Promise<Sharp> {
  const sharp = await loadSharp();
  return sharp(path, { page, limitInputPixels: false, ignoreIcc: true, failOn: 'error' });
}

async function pixels(image: Sharp, { name }: Slide, what: () => string): Promise<Rgb> {
  const plain = image.flatten({ background: '#000' }).toColourspace('srgb').raw();
  const { data, info } = await plain.toBuffer({ resolveWithObject: true }).catch((error: Error) => {
    throw new UserError(
      `${name}: damaged: ${what()} cannot be read (${error.message.split('\n').at(-1)}); copy or save it again`,
    );
  });
  if (info.channels !== 3) throw new UserError(`${name}: ${info.channels} colours a pixel, expected 3`);
  return { width: info.width, height: info.height, data };
}
