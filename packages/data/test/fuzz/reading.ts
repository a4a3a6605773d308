import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { loadCheckpoint, UserError } from '@asmil/core';
import { readAsap } from '../../src/annotations/asap.js';
import { tumourRegion } from '../../src/annotations/region.js';
import { readMat5 } from '../../src/classic/mat5.js';
import { slideGroups } from '../../src/features/formats/hdf5.js';
import { inspectSlide, readPositions, readSlide } from '../../src/features/read-slide.js';
import { MANIFEST, readManifest } from '../../src/folder/manifest.js';
import { readPytorch, stateDict, tensorValues } from '../../src/pytorch/index.js';
import { readRegion } from '../../src/slides/pixels.js';
import { openSlide } from '../../src/slides/slide.js';
import { bindSplits } from '../../src/tables/bind-splits.js';
import { classify } from '../../src/tables/classes.js';
import { readLabels } from '../../src/tables/labels.js';
import type { Report } from '../../src/tables/problem.js';
import { readSplits } from '../../src/tables/split-table.js';

/** A result of another form than the reader promises: a defect, as is any error but a `UserError`. */
function promised(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`the result is not as promised: ${what}`);
}

const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** A report that keeps its lines. */
function lines(): { report: Report; said: string[] } {
  const said: string[] = [];
  return { said, report: ({ message }) => said.push(message) };
}

export async function slide(path: string): Promise<readonly string[]> {
  const place = { path, name: basename(path) };
  const files = { id: 's', features: place };
  const header = await inspectSlide(files);
  promised(whole(header.n) && whole(header.dim), `${header.n} tiles of ${header.dim}`);
  const { positions } = await readPositions(files);
  promised(positions === undefined || positions.length === 2 * header.n, 'positions');
  const { n, dim, features, tileLabels, warnings } = await readSlide(files, { nonFinite: 'zero' });
  promised(n === header.n && dim === header.dim, 'a header of other sizes');
  promised(features instanceof Float32Array && features.length === n * dim, `${features.length} features`);
  promised(features.every(Number.isFinite), 'features that are not finite');
  promised(tileLabels === undefined || tileLabels.length === n, 'tile labels');
  return warnings;
}

export async function groups(path: string): Promise<readonly string[]> {
  const name = basename(path);
  const found = await slideGroups(path, name, ['features', 'feat', 'feats']);
  promised(Array.isArray(found), 'groups');
  for (const group of found.slice(0, 3)) {
    const { n, dim, features } = await readSlide({ id: 's', features: { path, name, group } }, { nonFinite: 'zero' });
    promised(features.length === n * dim, `${features.length} features`);
  }
  return [];
}

export async function weights(path: string): Promise<readonly string[]> {
  for (const tensor of stateDict(await readPytorch(path), path).values()) {
    const count = tensor.shape.reduce((product, side) => product * side, 1);
    promised(tensorValues(tensor).length === count, 'values');
  }
  return [];
}

export async function checkpoint(path: string): Promise<readonly string[]> {
  const { params, trees, dims } = await loadCheckpoint(path);
  for (const tree of [params, ...Object.values(trees)])
    for (const { shape, data } of Object.values(tree))
      promised(data.length === shape.reduce((product, side) => product * side, 1), `a parameter of shape [${shape}]`);
  promised(dims.input > 0 && dims.classes > 0, 'sizes');
  return [];
}

const BAGS = ['s001', 's002', 's003', 's004'].map((id, k) => ({ id, label: k % 2, group: `p${k >> 1}` }));

export async function labels(path: string): Promise<readonly string[]> {
  const { report, said } = lines();
  const { rows } = await readLabels(path, {}, report, basename(path));
  promised(
    rows.every(({ slide: id, label }) => typeof id === 'string' && label !== ''),
    'rows',
  );
  try {
    const { classes, labels: found } = classify(rows, {}, report);
    const sound = [...found.values()].every((index) => whole(index) && index < classes.length);
    promised(sound, 'class numbers');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    said.push(error.message); // of classes, which a command line may give as well: it names no file
  }
  return said;
}

export async function splits(path: string): Promise<readonly string[]> {
  const { report, said } = lines();
  const tables = await readSplits(path, basename(path));
  const known = new Set(BAGS.map(({ id }) => id));
  for (const split of bindSplits(tables, BAGS, report))
    for (const side of ['train', 'val', 'test'] as const)
      promised(
        split[side].every((id) => known.has(id)),
        `a slide in ${side} that there is not`,
      );
  return said;
}

/** The file of this name in a folder of its own. */
export async function manifest(path: string): Promise<readonly string[]> {
  const folder = join(dirname(path), 'cohort');
  mkdirSync(folder);
  try {
    renameSync(path, join(folder, MANIFEST));
    const { classes, title } = await readManifest(folder);
    promised(classes === undefined || classes.length >= 2, 'classes');
    promised(title === undefined || title.length > 0, 'a title');
    return [];
  } finally {
    renameSync(join(folder, MANIFEST), path);
    rmSync(folder, { recursive: true });
  }
}

export async function annotations(path: string): Promise<readonly string[]> {
  const found = await readAsap(path);
  for (const { points } of found) for (const point of points) promised(point.every(Number.isFinite), 'a point');
  return tumourRegion(found).warnings;
}

export async function tiff(path: string): Promise<readonly string[]> {
  const opened = await openSlide(path);
  const [first] = opened.levels;
  const { width, height } = first!;
  promised(whole(width) && whole(height) && width > 0 && height > 0, `${width} x ${height} pixels`);
  for (const [x, y] of [
    [0, 0],
    [Math.max(0, width - 16), Math.max(0, height - 16)],
  ] as const) {
    const { data } = await readRegion(opened, first!, x, y, 32, 32);
    promised(data.length === 3 * 32 * 32, 'pixels');
  }
  return [];
}

export async function matlab(path: string): Promise<readonly string[]> {
  for (const { rows, columns, values } of readMat5(await readFile(path), basename(path)).values())
    promised(whole(rows) && whole(columns) && values.length === rows * columns, `${rows} x ${columns}`);
  return [];
}
