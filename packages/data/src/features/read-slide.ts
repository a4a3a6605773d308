import { UserError } from '@asmil/core';
import { allocate, readAll, type StoredArray } from '../files/stored-array.js';
import { checkCoords, find, findFeatures, readCoords, readInstanceLabels, readLabel } from './arrays.js';
import type { Attributes, OpenFile } from './file.js';
import { applyPolicy } from './non-finite.js';
import { type FilePlace, openFile } from './open-file.js';
import type { ReadOptions, SlideFeatures, SlideFiles, SlideHeader } from './slide.js';
import { tileOf } from './tile.js';

/** Sizes, types and attributes of a slide. Throws a `UserError` of one line that names slide and file. */
export async function inspectSlide(files: SlideFiles): Promise<SlideHeader> {
  return openedSlide(files, async ({ header }) => header);
}

/** Where a slide's tiles lie, without their features. */
export async function readPositions(files: SlideFiles): Promise<SlideHeader & Pick<SlideFeatures, 'positions'>> {
  return openedSlide(files, async ({ header, coords }) => ({
    ...header,
    positions: coords && (await readCoords(coords.array, header.n, coords.name)),
  }));
}

/**
 * Reads a slide: features in parts into the memory that they need as float32. Throws a `UserError` of one line that names
 * slide and file.
 */
export async function readSlide(files: SlideFiles, options: ReadOptions = {}): Promise<SlideFeatures> {
  return openedSlide(files, async ({ header, coords, instanceLabels, matrix }) => {
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

/** A slide whose files are open. */
export type OpenedSlide = Awaited<ReturnType<typeof headerOf>>;

/** Runs work on a slide's open files, closes them afterwards, and puts the slide's name in front of what goes wrong. */
export async function openedSlide<T>(files: SlideFiles, work: (slide: OpenedSlide) => Promise<T>): Promise<T> {
  const opened = new Map<string, OpenFile>();
  const open: Open = async (place) => {
    const key = `${place.path}\0${place.group ?? ''}`;
    const file = opened.get(key) ?? (await openFile(place));
    opened.set(key, file);
    return file;
  };
  try {
    return await work(await headerOf(files, open));
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`slide ${files.id}: ${error.message}`, error.exitCode);
    throw error;
  } finally {
    for (const file of opened.values()) await file.close();
  }
}

async function headerOf(files: SlideFiles, open: Open) {
  const place = files.features;
  const file = await open(place);
  const { n, dim, array: matrix } = await findFeatures(file, place);
  const alone = file.names.includes(''); // the one array of the file is the features
  const inside = alone ? undefined : await find(file, 'coords');
  // Files of coordinates are opened for what the features' own file does not say.
  const beside = files.coords && (!inside || !tileOf(file.attributes)) ? await open(files.coords) : undefined;
  const apart = beside && (await find(beside, 'coords'));
  if (apart) checkCoords(apart, n, files.coords!.name);
  const coords: Named | undefined =
    (inside && { array: inside, name: place.name }) ?? (apart && { array: apart, name: files.coords!.name });
  if (coords) checkCoords(coords.array, n, coords.name);

  const attributes: Attributes = { ...beside?.attributes, ...file.attributes };
  const labelFile = files.label && (await open(files.label));
  const labelArray = labelFile ? await find(labelFile, 'label') : await file.array('label');
  const label = await readLabel(labelArray, file.attributes, (files.label ?? place).name);
  const instanceLabels = await tileLabels(files, alone ? undefined : file, beside, n, open);
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

interface Named {
  readonly array: StoredArray;
  /** The file, for errors. */
  readonly name: string;
}

/** Labels of tiles in a file of their own, or beside features or coordinates, where they are as many as the tiles. */
async function tileLabels(
  files: SlideFiles,
  file: OpenFile | undefined,
  beside: OpenFile | undefined,
  n: number,
  open: Open,
): Promise<Named | undefined> {
  if (files.instanceLabels) {
    const array = await find(await open(files.instanceLabels), 'instanceLabels');
    return array && { array, name: files.instanceLabels.name };
  }
  for (const [candidate, place] of [[file, files.features] as const, [beside, files.coords] as const]) {
    if (!candidate || !place || candidate.names.includes('')) continue;
    const array = await find(candidate, 'instanceLabels');
    if (array && array.shape.length === 1 && array.shape[0] === n) return { array, name: place.name };
  }
  return undefined;
}
