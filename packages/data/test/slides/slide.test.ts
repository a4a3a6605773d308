import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@asmil/core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rgb } from '../../src/slides/image.js';
import { aperioProperties, magnificationOf } from '../../src/slides/magnification.js';
import { readLevel, readRegion, resized } from '../../src/slides/pixels.js';
import { levelFor, openSlide } from '../../src/slides/slide.js';
import { tilesOf } from '../../src/slides/tiles.js';
import { findTissue } from '../../src/slides/tissue/tissue.js';
import { expected, points, readRgb, slidePath, sorted, tissueOptions } from './fixtures.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asmil-slide-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const channel = ({ data }: Rgb, c: number): number[] => Array.from(data.filter((_, i) => i % 3 === c));
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** What goes wrong with a file of these bytes. */
async function fault(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  const error: unknown = await openSlide(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message, exitCode } = error as UserError;
  expect([exitCode, message.split('\n').length]).toEqual([1, 1]);
  return message;
}

describe.each(['synth-20x', 'synth-40x'])('%s.svs', (name) => {
  const slide = expected(name);

  it('has the size, the levels and the magnification that are in it', async () => {
    const { levels, magnification } = await openSlide(slidePath(`${name}.svs`));
    expect([levels[0]!.width, levels[0]!.height]).toEqual(slide.level0);
    expect([levels[slide.segLevel]!.width, levels[slide.segLevel]!.height]).toEqual(slide.segSize);
    expect(magnification).toEqual({ value: slide.appMag, from: 'AppMag', mpp: slide.mpp });
  });

  it('has the colours of the reference in its tiles', async () => {
    const file = await openSlide(slidePath(`${name}.svs`));
    expect(slide.tileSamples.tiles.length).toBeGreaterThan(3);
    for (const { xy, meanRgb, stdRgb } of slide.tileSamples.tiles) {
      const tile = await readRegion(file, file.levels[0]!, xy[0], xy[1], slide.tile0, slide.tile0);
      expect([tile.width, tile.height]).toEqual([slide.tile0, slide.tile0]);
      for (const c of [0, 1, 2]) {
        const values = channel(tile, c);
        const m = mean(values);
        expect(Math.abs(m - meanRgb[c]!)).toBeLessThan(0.5);
        const std = Math.sqrt(mean(values.map((value) => (value - m) ** 2)));
        expect(Math.abs(std - stdRgb[c]!)).toBeLessThan(0.5);
      }
    }
  });

  it('has tissue and tiles of the reference, with another JPEG decoder', async () => {
    const file = await openSlide(slidePath(`${name}.svs`));
    const level = levelFor(file, 64);
    const image = await readLevel(file, level);
    const other = (await readRgb(`${name}.seglevel.png`)).data;
    expect(mean(Array.from(image.data, (value, i) => Math.abs(value - other[i]!)))).toBeLessThan(1);
    for (const preset of Object.values(slide.presets)) {
      const { pieces, threshold, mask } = findTissue(image, slide.scale, tissueOptions(preset));
      expect(Math.abs(threshold - preset.threshold)).toBeLessThanOrEqual(1);
      const pixels = mask.data.reduce((a, b) => a + b, 0);
      expect(Math.abs(pixels - preset.foregroundPixels)).toBeLessThan(0.002 * preset.foregroundPixels + 5);
      expect(sorted(points(tilesOf(pieces, slide.tile0)))).toEqual(preset.tilesSortedXY);
    }
  });
});

describe('a TIFF pyramid without description', () => {
  it('has three levels, and its magnification by the size of a pixel', async () => {
    const slide = await openSlide(slidePath('generic-pyramid.tif'));
    expect(slide.levels.map(({ width, height, downsample }) => [width, height, downsample])).toEqual([
      [1536, 1280, 1],
      [768, 640, 2],
      [384, 320, 4],
    ]);
    expect(slide.magnification).toEqual({ value: 20, from: 'resolution', mpp: 0.5 });
  });

  it('shows the same scene as the slide that it was cut from', async () => {
    const crop = await openSlide(slidePath('generic-pyramid.tif'));
    const whole = await openSlide(slidePath('synth-20x.svs'));
    const part = await readRegion(crop, crop.levels[0]!, 400, 300, 256, 256);
    const same = await readRegion(whole, whole.levels[0]!, 656, 428, 256, 256);
    const off = mean(Array.from(part.data, (value, i) => Math.abs(value - same.data[i]!)));
    const moved = await readRegion(whole, whole.levels[0]!, 660, 428, 256, 256);
    expect(off).toBeLessThan(6); // compressed twice
    expect(mean(Array.from(part.data, (value, i) => Math.abs(value - moved.data[i]!)))).toBeGreaterThan(2 * off);
  });
});

describe('regions', () => {
  it('are black outside of the slide', async () => {
    const slide = await openSlide(slidePath('generic-pyramid.tif'));
    const level = slide.levels[2]!;
    const region = await readRegion(slide, level, 374, -5, 20, 10);
    const inner = await readRegion(slide, level, 374, 0, 10, 5);
    for (let y = 0; y < 10; y++) {
      for (let x = 0; x < 20; x++) {
        const got = [...region.data.subarray(3 * (20 * y + x), 3 * (20 * y + x) + 3)];
        const from = 3 * (10 * (y - 5) + x);
        expect(got).toEqual(x < 10 && y >= 5 ? [...inner.data.subarray(from, from + 3)] : [0, 0, 0]);
      }
    }
    expect((await readRegion(slide, level, 384, 0, 2, 2)).data).toEqual(new Uint8Array(12));
    expect((await readRegion(slide, level, -9, -9, 2, 2)).data).toEqual(new Uint8Array(12));
  });

  it('become smaller as means of what they cover', async () => {
    const data = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (Math.floor(i / 3) % 64 < 32 ? 40 : 200));
    const half = await resized({ width: 64, height: 64, data }, 32, 32);
    expect([half.width, half.height, half.data.length]).toEqual([32, 32, 3072]);
    expect([half.data[0], half.data[3 * 14], half.data[3 * 17], half.data[3 * 31]]).toEqual([40, 40, 200, 200]);
    expect(mean([...half.data])).toBeCloseTo(120, 0);
  });
});

describe('magnification', () => {
  const of = (description: string, density?: number) => magnificationOf(aperioProperties(description), density);

  it('is AppMag, then by MPP, then by resolution', () => {
    expect(of('Aperio x\r\n10x10|AppMag = 20|MPP = 0.25')).toEqual({ value: 20, from: 'AppMag', mpp: 0.25 });
    expect(of('Aperio|MPP = 0.2527', 1)).toEqual({ value: 40, from: 'MPP', mpp: 0.2527 });
    expect(of('', 10_000 / 0.243)).toMatchObject({ value: 40, from: 'resolution' });
    expect(of('', 10_000 / 0.5)).toMatchObject({ value: 20 });
    expect(of('Aperio|AppMag = 0|MPP = 1.1')).toMatchObject({ value: 10, from: 'MPP' });
  });

  it('is unknown for pixels of a size that no scanner has', () => {
    expect(of('')).toBeUndefined();
    expect(of('Aperio|AppMag = |MPP = none')).toBeUndefined();
    expect(of('', 72 / 2.54)).toBeUndefined();
    expect(of('Aperio|MPP = 2.4')).toBeUndefined();
  });
});

describe('a file that is no slide, or damaged', () => {
  it('is refused in one line that names it', async () => {
    const svs = await readFile(slidePath('synth-20x.svs'));
    expect(await fault('cut.svs', svs.subarray(0, 60_000))).toMatch(/^cut\.svs: truncated: \d+ bytes are announced/);
    expect(await fault('empty.svs', new Uint8Array())).toMatch(/^empty\.svs: no TIFF file/);
    expect(await fault('text.tif', Buffer.from('no slide at all'))).toMatch(/^text\.tif: no TIFF file/);
    expect(await fault('head.tif', svs.subarray(0, 8))).toMatch(/^head\.tif: truncated/);
    const flat = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } })
      .tiff()
      .toBuffer();
    expect(await fault('flat.tif', flat)).toMatch(/^flat\.tif: no tiled picture/);
    await expect(openSlide(slidePath('unsupported-jpeg2000.tif'))).rejects.toThrow(
      /^unsupported-jpeg2000\.tif: its tiles are JPEG 2000, .*convert/,
    );
    await expect(openSlide(join(folder, 'none.svs'))).rejects.toThrow('none.svs: no such file');
    await expect(openSlide(folder)).rejects.toThrow(/a folder, expected a file/);
  });

  it('is refused where its pictures follow each other in a circle, and where a field is of no type', async () => {
    const ring = Buffer.alloc(64);
    ring.write('II');
    ring.writeUInt16LE(42, 2);
    ring.writeUInt32LE(8, 4);
    ring.writeUInt16LE(0, 8);
    expect(await fault('nothing.tif', ring)).toMatch(/^nothing\.tif: damaged: a picture without a size/);
    const svs = Buffer.from(await readFile(slidePath('generic-pyramid.tif')));
    const first = Number(svs.readBigUInt64LE(8));
    const next = first + 8 + 20 * Number(svs.readBigUInt64LE(first));
    svs.writeBigUInt64LE(BigInt(first), next);
    expect(await fault('circle.tif', svs)).toMatch(/^circle\.tif: damaged: its list of pictures has no end/);
    svs.writeUInt16LE(99, first + 8 + 2);
    expect(await fault('type.tif', svs)).toMatch(/^type\.tif: damaged: field \d+ is of type 99/);
  });

  it('gives an error or a slide, wherever a byte is wrong', async () => {
    const whole = await readFile(slidePath('generic-pyramid.tif'));
    const first = Number(whole.readBigUInt64LE(8));
    for (let at = 0; at < 400; at++) {
      const bytes = Buffer.from(whole);
      const place = at < 16 ? at : first + at - 16;
      bytes[place] = bytes[place]! ^ (at % 2 ? 0xff : 0x41);
      await writeFile(join(folder, 'fuzz.tif'), bytes);
      const error = await openSlide(join(folder, 'fuzz.tif')).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error !== undefined) expect((error as Error).name).toBe('UserError');
    }
  });

  it('names the file when a tile of it cannot be decoded', async () => {
    const path = join(folder, 'tile.tif');
    await copyFile(slidePath('generic-pyramid.tif'), path);
    const bytes = await readFile(path);
    const slide = await openSlide(path);
    bytes.fill(0xee, 3000, 60_000);
    await writeFile(path, bytes);
    await expect(readRegion(slide, slide.levels[0]!, 0, 0, 512, 512)).rejects.toThrow(
      /^tile\.tif: damaged: the part at \(0, 0\) cannot be read \(.+\); copy or save it again$/,
    );
  });
});

it('reads big-endian files and pictures without compression', async () => {
  // One tile of 16 x 16 in a picture of 20 x 10: four tiles of grey, made by hand.
  const tag = (code: number, type: number, count: number, value: number): Buffer => {
    const entry = Buffer.alloc(12);
    entry.writeUInt16BE(code, 0);
    entry.writeUInt16BE(type, 2);
    entry.writeUInt32BE(count, 4);
    if (type === 3 && count === 1) entry.writeUInt16BE(value, 8);
    else entry.writeUInt32BE(value, 8);
    return entry;
  };
  const entries = [
    tag(256, 3, 1, 20),
    tag(257, 3, 1, 10),
    tag(258, 3, 1, 8),
    tag(259, 3, 1, 1),
    tag(262, 3, 1, 1),
    tag(277, 3, 1, 1),
    tag(282, 5, 1, 500),
    tag(296, 3, 1, 2),
    tag(322, 3, 1, 16),
    tag(323, 3, 1, 16),
    tag(324, 4, 2, 508),
    tag(325, 4, 2, 516),
  ];
  const file = Buffer.alloc(524 + 2 * 256);
  file.write('MM\0*\0\0\0\x08', 'latin1');
  file.writeUInt16BE(entries.length, 8);
  Buffer.concat(entries).copy(file, 10);
  file.writeUInt32BE(101600, 500);
  file.writeUInt32BE(1, 504);
  [524, 780, 256, 256].forEach((value, i) => {
    file.writeUInt32BE(value, 508 + 4 * i);
  });
  file.fill(7, 524, 780).fill(9, 780);
  const path = join(folder, 'big-endian.tif');
  await writeFile(path, file);
  const slide = await openSlide(path);
  expect(slide.levels).toEqual([{ page: 0, width: 20, height: 10, downsample: 1 }]);
  expect(slide.magnification).toEqual({ value: 40, from: 'resolution', mpp: 0.25 });
  const { data } = await readRegion(slide, slide.levels[0]!, 15, 0, 2, 1);
  expect([...data]).toEqual([7, 7, 7, 9, 9, 9]);
});
