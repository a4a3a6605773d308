import { createHash } from 'node:crypto';
import { countOf } from '../files/stored-array.js';
import { readCoords, readInstanceLabels } from './arrays.js';
import { countNonFinite, nonFiniteText } from './non-finite.js';
import { openedSlide } from './read-slide.js';
import type { SlideFiles, SlideHeader } from './slide.js';

/** What reading a whole slide tells, without keeping it. */
export interface Survey {
  readonly header: SlideHeader;
  /** Numbers that are NaN or infinite, and where the first is. */
  readonly nonFinite?: { readonly count: number; readonly text: string };
  /** SHA-256 of the features as float32, row-major: equal for equal features in any format. */
  readonly content: string;
}

/**
 * Reads a slide from front to back in a few megabytes of memory, with its coordinates and labels. Throws a `UserError` of one
 * line that names slide and file.
 */
export async function surveySlide(files: SlideFiles): Promise<Survey> {
  return openedSlide(files, async ({ header, matrix, coords, instanceLabels }) => {
    const { n, dim } = header;
    if (coords) await readCoords(coords.array, n, coords.name);
    if (instanceLabels) await readInstanceLabels(instanceLabels.array, n, instanceLabels.name);
    const hash = createHash('sha256').update(`${n},${dim};`);
    let count = 0;
    let first: { readonly at: number; readonly value: number } | undefined;
    const total = countOf(matrix.shape);
    const buffer = new Float32Array(Math.min(matrix.step, total));
    for (let from = 0; from < total; from += matrix.step) {
      const values = buffer.subarray(0, Math.min(matrix.step, total - from));
      await matrix.read(from, values);
      hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      const found = countNonFinite(values);
      if (found.first !== undefined) first ??= { at: from + found.first, value: values[found.first]! };
      count += found.count;
    }
    const text = first && nonFiniteText({ count, first: first.at }, first.value, dim);
    return { header, content: hash.digest('hex'), ...(text === undefined ? {} : { nonFinite: { count, text } }) };
  });
}
