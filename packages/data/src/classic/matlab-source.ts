import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '@asmil/core';
import { download } from '../fetch/https.js';
import { type MatMatrix, readMat5 } from './mat5.js';
import type { ClassicSet } from './sets.js';
import type { MilTable } from './table.js';

/** The three files of a set: features [instances, D], bag number of each instance, label of each bag. */
const FILES = ['X.mat', 'Bag2.mat', 'BagI.mat'] as const;

/**
 * Downloads the three files from the folder at `url`. Throws `UserError` when the network is out, breaks off or brings
 * something else.
 */
export async function downloadMatlab(url: string, progress: (line: string) => void): Promise<MilTable> {
  const orFrom = `or download ${FILES.join(', ')} of that folder elsewhere and give X.mat with --from FILE`;
  const buffers: Buffer[] = [];
  for (const file of FILES) {
    progress(`downloading ${url}/${file}`);
    try {
      buffers.push(await download(`${url}/${file}`));
    } catch (error) {
      throw new UserError(
        `could not download ${url}/${file} (${(error as Error).message}): check the network and run the command again, ${orFrom}`,
      );
    }
  }
  try {
    return assemble(buffers, url);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const what = error.message.replace(/: (download|save|give) [^:]*$/, ''); // the advice is for files of the user's own
    throw new UserError(`the download was damaged on the way (${what}): run the command again, ${orFrom}`);
  }
}

/** Reads `X.mat` as given and the other two files from beside it. */
export async function readMatlab(path: string): Promise<MilTable> {
  const folder = dirname(path);
  const names = await readdir(folder);
  const buffers = [await readFile(path)];
  for (const file of FILES.slice(1)) {
    const found = names.find((name) => name.toLowerCase() === file.toLowerCase());
    if (!found) throw new UserError(`no ${file} beside ${path}: keep ${FILES.join(', ')} in one folder and give X.mat`);
    buffers.push(await readFile(join(folder, found)));
  }
  return assemble(buffers, folder);
}

/** Whether a path is taken as one of the MATLAB files. */
export const isMatlab = (path: string): boolean => basename(path).toLowerCase().endsWith('.mat');

function assemble(buffers: readonly Buffer[], folder: string): MilTable {
  const only = (i: number, pick: (name: string) => boolean): MatMatrix => {
    for (const [name, matrix] of readMat5(buffers[i]!, `${folder}/${FILES[i]}`)) if (pick(name)) return matrix;
    throw new UserError(
      `${folder}/${FILES[i]} lacks its variable: expected X, Bag2 and bagI, give the files as published`,
    );
  };
  const x = only(0, (name) => name === 'X');
  const bagOf = only(1, (name) => name === 'Bag2' || name === 'Bag').values;
  const bagLabels = only(2, (name) => name.toLowerCase() === 'bagi').values;
  const lowest = bagLabels.reduce((low, label) => Math.min(low, label), Number.POSITIVE_INFINITY);
  if (bagOf.length !== x.rows) throw new UserError(`${folder}: ${x.rows} instances but ${bagOf.length} bag numbers`);
  const members: number[][] = Array.from(bagLabels, () => []);
  bagOf.forEach((bag, row) => {
    const rows = members[bag - 1];
    if (!rows)
      throw new UserError(`${folder}: instance ${row + 1} is in bag ${bag}, expected 1 to ${bagLabels.length}`);
    rows.push(row);
  });
  const order = members.flat();
  const values = new Float64Array(x.rows * x.columns);
  order.forEach((from, to) => {
    for (let j = 0; j < x.columns; j++) values[to * x.columns + j] = x.values[j * x.rows + from]!; // column-major source
  });
  const starts = Int32Array.from({ length: members.length + 1 }, (_, b) => members.slice(0, b).flat().length);
  return { dim: x.columns, labels: Uint8Array.from(bagLabels, (label) => (label > lowest ? 1 : 0)), starts, values };
}

/** What a user may give for a set that comes as MATLAB files. */
export const matlabForms = (set: ClassicSet): string => `X.mat of ${set.name} (with Bag2.mat and BagI.mat beside it)`;
