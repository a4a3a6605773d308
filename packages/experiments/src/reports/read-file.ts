import { readFile } from 'node:fs/promises';

/** The text of a file, or null where there is none. Throws the file system's other errors. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
