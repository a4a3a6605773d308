import type { Rgb } from './image.js';
import { MOST_PIXELS, raw, readLevel, resized } from './pixels.js';
import type { Level, Slide } from './slide.js';
import type { TissuePiece } from './tissue/tissue.js';

/** A small picture of a slide. */
export interface Thumbnail {
  readonly image: Rgb;
  /** Pixels of it a level-0 pixel, across and down. */
  readonly scale: readonly [number, number];
}

const LONGEST_SIDE = 1600;
/** A level with a longer side than this is taken, if there is one: less shows no tiles. */
const LONG_ENOUGH = 1000;

/** The slide, at most 1600 pixels long and never enlarged. `fallback`: the level to take where none fits. */
export async function readThumbnail(slide: Slide, fallback: Level): Promise<Thumbnail> {
  const [full] = slide.levels;
  const level =
    slide.levels.findLast(
      ({ width, height }) => Math.max(width, height) >= LONG_ENOUGH && width * height <= MOST_PIXELS,
    ) ?? fallback;
  const shrink = Math.min(1, LONGEST_SIDE / Math.max(level.width, level.height));
  const [width, height] = [level.width, level.height].map((side) => Math.max(1, Math.round(side * shrink)));
  const image = await resized(await readLevel(slide, level), width!, height!);
  return { image, scale: [width! / full!.width, height! / full!.height] };
}

/** PNG with the outlines of tissue, filled a little, and of its holes. */
export async function tissuePicture({ image, scale }: Thumbnail, pieces: readonly TissuePiece[]): Promise<Buffer> {
  const stroke = Math.max(1.5, image.width / 500);
  const path = (points: Int32Array): string => {
    const at = Array.from(points, (value, i) => (value * scale[i % 2]!).toFixed(1));
    return `M${at.join(' ')}Z`;
  };
  const shapes = pieces.map(({ outer, holes }) => {
    const cut = holes.map(path).join('');
    return `<path d="${path(outer)}${cut}" fill="#00a651" fill-opacity="0.18" fill-rule="evenodd"/>
<path d="${path(outer)}" fill="none" stroke="#007a3d"/><path d="${cut || 'M0 0'}" fill="none" stroke="#0057b8"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${image.width}" height="${image.height}"
stroke-width="${stroke}" stroke-linejoin="round">${shapes.join('\n')}</svg>`;
  return (await raw(image))
    .composite([{ input: Buffer.from(svg), limitInputPixels: false }])
    .png()
    .toBuffer();
}

/** How much of the colour is left outside of the tiles. */
const FADE = 0.3;
/** Tiles that are smaller in the picture have no frame. */
const FRAMED = 6;

/** PNG of the slide with the tiles framed and all else faded; `tiles` [2N] and `side` in pixels of level 0. */
export async function tilingPicture(thumbnail: Thumbnail, tiles: Int32Array, side: number): Promise<Buffer> {
  const { image, scale } = thumbnail;
  const { width, height } = image;
  const KIND = { outside: 0, tile: 1, frame: 2 };
  const kind = new Uint8Array(width * height);
  const framed = side * Math.min(...scale) >= FRAMED;
  for (let t = 0; t < tiles.length; t += 2) {
    const [left, top] = [Math.round(tiles[t]! * scale[0]), Math.round(tiles[t + 1]! * scale[1])];
    const right = Math.round((tiles[t]! + side) * scale[0]);
    const bottom = Math.round((tiles[t + 1]! + side) * scale[1]);
    for (let y = top; y < Math.min(bottom, height); y++) {
      for (let x = left; x < Math.min(right, width); x++) {
        const edge = x === left || x === right - 1 || y === top || y === bottom - 1;
        const at = y * width + x;
        kind[at] = Math.max(kind[at]!, framed && edge ? KIND.frame : KIND.tile);
      }
    }
  }
  const data = Uint8Array.from(image.data, (value, i) => {
    const of = kind[Math.floor(i / 3)];
    if (of === KIND.tile) return value;
    return of === KIND.frame ? FRAME[i % 3]! : 255 - FADE * (255 - value);
  });
  return (await raw({ width, height, data })).png().toBuffer();
}

const FRAME = [0, 87, 184];
