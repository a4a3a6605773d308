import { UserError } from '@asmil/core';
import { allocate, readAll } from '../files/stored-array.js';
import { find, findFeatures, readCoords, readInstanceLabels, readLabel } from './arrays.js';
import type { Attributes, OpenFile } from './file.js';
import { applyPolicy } from './non-finite.js';
import { type FilePlace, openFile } from './open-file.js';
import type { ReadOptions, SlideFeatures, SlideFiles, SlideHeader } from './slide.js';
import { tileOf } from './tile.js';

/** Sizes, types and attributes of a slide. Throws a `UserError` of one line that names slide and file. */
export async function inspectSlide(files: SlideFiles): Promise<SlideHeader> {
  return withSlide(files, async (open) => (await headerOf(files, open)).header);
}

/**
 * Reads a slide: features in parts into the memory that they need as float32. Throws a `UserError` of one line that names
 * slide and file.
 */
export async function readSlide(files: SlideFiles, options: ReadOptions = {}): Promise<SlideFeatures> {
  return withSlide(files, async (open) => {
    const { header, coords, instanceLabels, matrix } = await headerOf(files, open);
    const { n } = header;
    const positions = coords && (await readCoords(coords.array, n, coords.name));
    const tileLabels = instanceLabels && (await readInstanceLabels(instanceLabels.array, n, instanceLabels.name));
    const features = await readAll(matrix, allocate(n * header.dim, files.features.name));
    return applyPolicy(
      { ...header, features, positions, tileLabels, warnings: [] },
      options.nonFinite ?? 'error',
      files.features.name,
    );
  });
}

type Open = (place: FilePlace) => Promise<OpenFile>;

/** Runs work that opens files, closes them afterwards, and puts the slide's name in front of what goes wrong. */
async function withSlide<T>({ id }: SlideFiles, work: (open: Open) => Promise<T>): Promise<T> {
  const opened = new Map<string, OpenFile>();
  try {
    return await work(async (place) => {
      const key = `${place.path}\0${place.group ?? ''}`;
      const file = opened.get(key) ?? (await openFile(place));
      opened.set(key, file);
      return file;
    });
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`slide ${id}: ${error.message}`, error.exitCode);
    throw error;
  } finally {
    for (const file of opened.values()) await file.close();
  }
}

async function headerOf(files: SlideFiles, open: Open) {
  const place = files.features;
  const file = await open(place);
  const { n, dim, array: matrix } = await findFeatures(file, place);
  const coords = await optional(file, files.coords, 'coords', place, open);
  const instanceLabels =
    (await optional(file, files.instanceLabels, 'instanceLabels', place, open, n)) ??
    (files.coords && (await optional(await open(files.coords), undefined, 'instanceLabels', files.coords, open, n)));
  const attributes: Attributes = { ...(files.coords ? (await open(files.coords)).attributes : {}), ...file.attributes };
  const labelFile = files.label && (await open(files.label));
  const labelArray = labelFile ? await find(labelFile, 'label') : await file.array('label');
  const label = await readLabel(labelArray, file.attributes, (files.label ?? place).name);
  const header: SlideHeader = {
    id: files.id,
    format: file.format,
    ...{ n, dim, type: matrix.type },
    coords: coords !== undefined,
    instanceLabels: instanceLabels !== undefined,
    ...(label === undefined ? {} : { label }),
    attributes,
    tile: tileOf(attributes),
  };
  return { header, matrix, coords, instanceLabels };
}

/** An array in a file of its own, or in the file of the features under a name of its own. */
async function optional(
  beside: OpenFile,
  apart: FilePlace | undefined,
  role: 'coords' | 'instanceLabels',
  place: FilePlace,
  open: Open,
  rows?: number,
) {
  const file = apart ? await open(apart) : beside;
  if (!apart && file.names.includes('')) return undefined; // the one array of the file is the features
  const array = await find(file, role);
  // `labels` may be one label for the slide: as many as tiles are labels of tiles.
  if (!array || (rows !== undefined && !apart && array.shape[0] !== rows)) return undefined;
  return { array, name: (apart ?? place).name };
}
