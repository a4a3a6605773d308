import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanTemp, tempName, UserError } from '@asmil/core';

/**
 * Gives `work` a folder of its own inside `dir` for what is half finished, and removes it at the end; what it renames into
 * `dir` stays. Folders that killed processes left there go first. Throws `UserError` if `dir` cannot be written.
 */
export async function inWorkFolder<T>(dir: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(dir, tempName());
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new UserError(
      `${dir}: cannot be written (${(error as NodeJS.ErrnoException).code}); check its permissions, or name another cache folder in ASMIL_CACHE`,
    );
  }
  await cleanTemp(dir);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
