import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@asmil/core';
import { z } from 'zod';
import { shown } from '../files/shown.js';

/** The file that says what a folder's cohort is. */
export const MANIFEST = 'cohort.json';

/** By hand up to the first fault: the schema library notes every one of them. */
const isClasses = (list: unknown): boolean =>
  Array.isArray(list) && list.length >= 2 && list.every((name) => typeof name === 'string' && name !== '');

const Manifest = z.strictObject({
  format: z.literal(1),
  /** Heading for people. */
  title: z.string().min(1).optional(),
  /** Whether the features were made up. */
  simulated: z.boolean().default(false),
  provenance: z.string().optional(),
  /** Micrometres along a pixel of level 0. */
  mpp: z.number().positive().optional(),
  /** Class names in their order. */
  classes: z.custom<string[]>(isClasses, 'expected two or more names').optional(),
});

export type Manifest = z.output<typeof Manifest>;

/** A folder without the file has an empty one. Throws `UserError` for one that is not as expected. */
export async function readManifest(dir: string): Promise<Manifest> {
  const text = await readFile(join(dir, MANIFEST), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new UserError(`${MANIFEST}: cannot be read (${error.code})`);
  });
  if (text === undefined) return { format: 1, simulated: false };
  try {
    return Manifest.parse(JSON.parse(text));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const what = issue ? `${issue.path.join('.') || 'content'}: ${issue.message}` : 'no JSON';
    throw new UserError(`${MANIFEST}: ${shown(what)}; expected {"format": 1, "classes": ["normal", "tumour"]}`);
  }
}
