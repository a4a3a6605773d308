import { join } from 'node:path';
import { UserError, writeFileWhole } from '@asmil/core';
import { writeClamH5 } from '../export/clam-h5.js';
import { allocate } from '../files/stored-array.js';
import type { Encoder } from './encoder/encoder.js';
import type { Magnification } from './magnification.js';
import { readLevel, readRegion, resized } from './pixels.js';
import { readThumbnail, tilingPicture, tissuePicture } from './preview.js';
import { type PreprocessSettings, type Provenance, provenanceText } from './provenance.js';
import { type Level, levelFor, type Slide } from './slide.js';
import { tilesOf } from './tiles.js';
import { findTissue, type Tissue } from './tissue/tissue.js';

export interface SlideJob {
  readonly id: string;
  readonly slide: Slide;
  readonly magnification: Magnification;
  /** Side of a tile in pixels of level 0. */
  readonly side: number;
  readonly settings: PreprocessSettings;
  readonly encoder: Encoder;
  /** Folder that `h5_files/`, `patches/`, `masks/` and `stitches/` lie in. */
  readonly out: string;
  readonly signal?: AbortSignal;
  /** Told after each batch of tiles. */
  readonly progress?: (done: number, all: number) => void;
}

/** The level whose downsampling comes next below 64 is searched for tissue, as in CLAM. */
const TISSUE_DOWNSAMPLE = 64;
/** Sizes of levels are rounded, so one that is to be 2 times as small may be 2.003 times. */
const ROUNDING = 1.005;

/**
 * Finds tissue, cuts it into tiles, encodes them and writes CLAM's two files of the slide, the features last, after two
 * pictures: `masks/ID.png` with the outlines of tissue and `stitches/ID.png` with the tiles. Throws a `UserError` of one line
 * that names the slide's file: nothing but pictures is written then.
 */
export async function preprocessSlide(job: SlideJob): Promise<Provenance['found']> {
  const { id, slide, magnification, side, settings, encoder, out, signal } = job;
  const full = slide.levels[0]!;
  const level = levelFor(slide, TISSUE_DOWNSAMPLE);
  const scale = [full.width / level.width, full.height / level.height] as const;
  const tissue = findTissue(await readLevel(slide, level), scale, settings.tissue);
  signal?.throwIfAborted();
  const tiles = tilesOf(tissue.pieces, side);
  const mask = join('masks', `${id}.png`);
  const thumbnail = await readThumbnail(slide, level);
  await writeFileWhole(join(out, mask), await tissuePicture(thumbnail, tissue.pieces));
  if (tiles.length === 0) throw noTiles(slide, tissue, settings, mask);
  await writeFileWhole(join(out, 'stitches', `${id}.png`), await tilingPicture(thumbnail, tiles, side));

  const from = levelFor(slide, (side / settings.tile.pixels) * ROUNDING);
  const features = await encodeTiles(job, from, tiles);
  const found = {
    threshold: tissue.threshold,
    pieces: tissue.pieces.length,
    tiles: tiles.length / 2,
    side,
    readAt: from.downsample,
  };
  const size = [full.width, full.height] as const;
  const provenance: Provenance = {
    ...{ format: 1, settings },
    slide: {
      ...{ file: slide.name, bytes: slide.bytes, size },
      ...{ magnification: magnification.value, magnificationFrom: magnification.from },
      ...(magnification.mpp === undefined ? {} : { mpp: magnification.mpp }),
    },
    encoder: { file: encoder.name, features: encoder.dim },
    found,
  };
  await writeClamH5(out, {
    ...{ id, n: found.tiles, dim: encoder.dim, features, positions: tiles, side, extent: size },
    provenance: provenanceText(provenance),
  });
  return found;
}

/** Features [N, D] of the tiles; while a batch is encoded the next one is read. */
async function encodeTiles(job: SlideJob, level: Level, tiles: Int32Array): Promise<Float32Array> {
  const { slide, side, settings, encoder, signal, progress } = job;
  const { batch, dim, size } = encoder;
  const n = tiles.length / 2;
  const out = allocate(n * dim, slide.name);
  const inLevel = Math.max(1, Math.round(side / level.downsample));
  const { pixels } = settings.tile;
  const readTile = async (t: number) => {
    const [x, y] = [tiles[2 * t]!, tiles[2 * t + 1]!].map((at) => Math.round(at / level.downsample));
    const tile = await readRegion(slide, level, x!, y!, inLevel, inLevel);
    return resized(await resized(tile, pixels, pixels), size, size);
  };
  const read = (from: number) =>
    Promise.all(Array.from({ length: Math.min(batch, n - from) }, (_, k) => readTile(from + k)));
  let next = read(0);
  for (let from = 0; from < n; from += batch) {
    const now = await next;
    signal?.throwIfAborted();
    if (from + batch < n) {
      next = read(from + batch);
      next.catch(() => undefined); // told when it is waited for
    }
    const features = await encoder.encode(now);
    const bad = features.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const t = from + Math.floor(bad / dim);
      throw new UserError(
        `${slide.name}: ${encoder.name} gives ${features[bad]} for the tile at (${tiles[2 * t]}, ${tiles[2 * t + 1]}); check --mean and --std`,
      );
    }
    out.set(features, from * dim);
    progress?.(Math.min(from + batch, n), n);
  }
  return out;
}

function noTiles(
  { name }: Slide,
  { mask, pieces }: Tissue,
  { tissue }: PreprocessSettings,
  picture: string,
): UserError {
  const coloured = mask.data.some((value) => value === 1);
  const why = coloured
    ? `no piece of tissue is larger than --tissue-area ${tissue.tissueArea} (squares of 512 pixels)`
    : 'nothing on it is coloured';
  return new UserError(`${name}: no tissue: ${pieces.length > 0 ? 'no tile lies on it' : why}; see ${picture}`);
}
