import { UserError } from '@asmil/core';
import { shown } from '../files/shown.js';
import { countOf, readAll, type StoredArray } from '../files/stored-array.js';
import type { Attributes, OpenFile } from './file.js';
import type { FilePlace } from './open-file.js';

/** What an array can be for a slide. */
export type Role = 'features' | 'coords' | 'label' | 'instanceLabels';

/** Names of arrays in files; the empty one is that of a file with one array. */
const NAMES: Readonly<Record<Role, readonly string[]>> = {
  features: ['features', 'feat', 'feats', 'arr_0', ''],
  coords: ['coords', 'coordinates', ''],
  label: ['label', 'labels', ''],
  instanceLabels: ['inst_labels', 'patch_labels', 'labels', ''],
};

export const FEATURE_NAMES = NAMES.features.slice(0, 3);

/** The array of a role, or undefined where the file has none. */
export async function find(file: OpenFile, role: Role): Promise<StoredArray | undefined> {
  const name = NAMES[role].find((candidate) => file.names.includes(candidate));
  return name === undefined ? undefined : file.array(name);
}

/** Rows and columns of features. An axis of length 1 in front is left out, one row may come as a vector. */
export interface MatrixShape {
  readonly n: number;
  /** 0 for an empty bag of unknown width. */
  readonly dim: number;
}

export function matrixShape(shape: readonly number[], name: string): MatrixShape {
  const sides = shape.length === 3 && shape[0] === 1 ? shape.slice(1) : shape;
  if (sides.length === 1) return sides[0] === 0 ? { n: 0, dim: 0 } : { n: 1, dim: sides[0]! };
  if (sides.length !== 2 || (sides[0]! > 0 && sides[1] === 0))
    throw new UserError(`${name}: features of shape [${shape}], expected [N, D]; save one row a tile`);
  return { n: sides[0]!, dim: sides[1]! };
}

export async function findFeatures(
  file: OpenFile,
  { name, group }: FilePlace,
): Promise<MatrixShape & { readonly array: StoredArray }> {
  const array = await find(file, 'features');
  const inGroup = group === undefined ? '' : ` in group ${shown(group)}`;
  if (!array) {
    const found = file.names.length > 0 ? `found ${file.names.slice(0, 5).map(shown).join(', ')}` : 'found no arrays';
    throw new UserError(`${name}: ${found}${inGroup}, expected features, feat or feats`);
  }
  return { ...matrixShape(array.shape, name), array };
}

/** Throws `UserError` for coordinates of another shape than [N, 2]. */
export function checkCoords({ shape }: StoredArray, n: number, name: string): void {
  const sides = shape.length === 3 && shape[0] === 1 ? shape.slice(1) : shape;
  if (n === 0 && countOf(shape) === 0) return;
  if (sides.length !== 2 || sides[1] !== 2 || sides[0] !== n)
    throw new UserError(`${name}: coordinates of shape [${shape}], expected [${n}, 2] as there are ${n} features`);
}

/** Coordinates [N, 2], x and y at level 0, whole numbers. `checkCoords` has passed their shape. */
export async function readCoords(array: StoredArray, n: number, name: string): Promise<Int32Array> {
  const values = await readAll(array, new Float64Array(2 * n));
  const wrong = values.findIndex((value) => value !== Math.round(value) || Math.abs(value) >= 2 ** 31);
  if (wrong >= 0)
    throw new UserError(
      `${name}: the coordinate ${values[wrong]} in row ${wrong >> 1}, expected pixels of level 0 as whole numbers`,
    );
  return Int32Array.from(values);
}

/** One 0 or 1 for each of `n` tiles; other classes than 0 count as 1. */
export async function readInstanceLabels(array: StoredArray, n: number, name: string): Promise<Uint8Array> {
  if (countOf(array.shape) !== n)
    throw new UserError(`${name}: ${countOf(array.shape)} tile labels, expected ${n} as there are ${n} features`);
  const values = await readAll(array, new Float64Array(n));
  const wrong = values.findIndex((value) => !Number.isInteger(value) || value < 0);
  if (wrong >= 0)
    throw new UserError(`${name}: the tile label ${values[wrong]} in row ${wrong}, expected a whole number from 0 on`);
  return Uint8Array.from(values, (value) => Number(value > 0));
}

/** A label that stands in the file: an array of one number, or the attribute `label`. */
export async function readLabel(
  array: StoredArray | undefined,
  attributes: Attributes,
  name: string,
): Promise<number | undefined> {
  let value = attributes.label;
  if (array) {
    if (countOf(array.shape) !== 1)
      throw new UserError(`${name}: a label of shape [${array.shape}], expected one number a slide`);
    [value] = await readAll(array, new Float64Array(1));
  }
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw new UserError(`${name}: the label ${shown(String(value))}, expected a class number from 0 on`);
  return value;
}
