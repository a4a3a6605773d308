import { readFile } from 'node:fs/promises';
import { UserError } from '@asmil/core';
import type { Thumbnail } from './overlay.js';

/** A picture as it is: its size in its own pixels. */
export interface Picture {
  readonly mime: Thumbnail['mime'];
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Reads a picture of the whole slide, PNG or JPEG. Throws `UserError` for anything else. */
export async function readThumbnail(path: string): Promise<Picture> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${path}: cannot be read (${error.code})`);
  });
  const size = pngSize(bytes) ?? jpegSize(bytes);
  if (!size) throw new UserError(`${path}: neither a PNG nor a JPEG picture`);
  return { ...size, bytes };
}

/** How far the sides of a picture may be from those of the slide. */
const SAME_SHAPE = 0.03;

/**
 * A picture as large as its slide: by `downsample`, level-0 pixels a pixel of it, else by the slide's own size. Throws
 * `UserError` where neither is known, and for a picture of another shape than the slide's.
 */
export function thumbnailOn(
  { mime, bytes, width, height }: Picture,
  path: string,
  slide: { readonly id: string; readonly extent?: readonly [number, number]; readonly downsample?: number },
): Thumbnail {
  const { id, extent, downsample } = slide;
  if (downsample !== undefined) return { mime, bytes, width: width * downsample, height: height * downsample };
  if (!extent)
    throw new UserError(
      `slide ${id}: its files do not say how large it is; with --thumbnail give --downsample N, level-0 pixels a pixel of ${path}`,
    );
  const [across, down] = extent;
  if (Math.abs((width / height / across) * down - 1) > SAME_SHAPE)
    throw new UserError(
      `${path}: ${width} × ${height} pixels, another shape than slide ${id} of ${across} × ${down}; give --downsample N if it shows more or less`,
    );
  return { mime, bytes, width: across, height: down };
}

type Size = { readonly mime: Thumbnail['mime']; readonly width: number; readonly height: number };

/** From the header chunk. */
function pngSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 24 || bytes.toString('latin1', 1, 4) !== 'PNG' || bytes[0] !== 0x89) return undefined;
  return { mime: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** From the frame header: the first marker SOF0 to SOF15 that is no table. */
function jpegSize(bytes: Buffer): Size | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) return { mime: 'image/jpeg', width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}
