import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { UserError } from '@asmil/core';
import { MASK_ENDINGS, readAsap, readMask, tumourRegion } from '@asmil/data';
import { type DrawnSlide, maskTruth, normalTruth, type Raster, regionTruth } from '../../localization/drawn-truth.js';
import type { SlideTruth } from '../../localization/truth.js';
import { inSlide } from '../unusable.js';

/** A folder of annotations: ASAP XML files, or masks, named after their slides. */
export interface Drawings {
  readonly dir: string;
  /** By the name of the slide. */
  readonly files: ReadonlyMap<string, string>;
  /** Value of tumour in masks. */
  readonly maskValue?: number;
}

/** Finds `ID.xml`, `ID.png` and `ID.npy`, also as `ID_mask.png`. Throws `UserError` for a folder that has none. */
export async function findDrawings(dir: string, maskValue?: number): Promise<Drawings> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`${dir}: ${error.code === 'ENOENT' ? 'no such folder' : `cannot be read (${error.code})`}`);
  });
  const files = new Map<string, string>();
  for (const name of names.sort()) {
    const ending = extname(name).toLowerCase();
    const mask = MASK_ENDINGS.some((known) => known === ending);
    if (ending !== '.xml' && !mask) continue;
    const stem = name.slice(0, -ending.length);
    const slide = mask ? stem.replace(/[-_](evaluation[-_])?mask$/i, '') : stem;
    const before = files.get(slide);
    if (before !== undefined)
      throw new UserError(`${dir}: two files for slide ${slide}, ${before} and ${name}; leave one there`);
    files.set(slide, name);
  }
  if (files.size === 0)
    throw new UserError(`${dir}: no annotations in it, expected ASAP's SLIDE.xml, or masks SLIDE.png or SLIDE.npy`);
  return { dir, files, ...(maskValue === undefined ? {} : { maskValue }) };
}

/**
 * What is drawn on a slide. One that has no file counts as without lesions where its label is the first class, and is told
 * otherwise. Throws `UserError` that names slide and file.
 */
export async function drawnTruth(
  slide: DrawnSlide,
  label: { readonly index: number; readonly name: string },
  { dir, files, maskValue }: Drawings,
  raster: Raster,
  say: (line: string) => void,
): Promise<SlideTruth> {
  const { id } = slide;
  const name = files.get(id);
  if (name === undefined) {
    if (label.index === 0) return normalTruth(slide);
    throw new UserError(
      `slide ${id}: its label is ${label.name} and ${dir} has no annotation of it: left out of all measures`,
    );
  }
  const path = join(dir, name);
  const truth = await inSlide(id, async () => {
    if (extname(name).toLowerCase() !== '.xml') return maskTruth(slide, await readMask(path, maskValue), raster);
    const region = tumourRegion(await readAsap(path));
    for (const line of region.warnings) say(`slide ${id}: ${name}: ${line}`);
    return region.tumour.length === 0 ? normalTruth(slide) : regionTruth(slide, region, raster);
  });
  if (truth.normal && label.index !== 0)
    throw new UserError(
      `slide ${id}: its label is ${label.name} and ${name} has no tumour in it: left out of all measures`,
    );
  return truth;
}
