import { mkdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { BROWSER_SCRIPTS, scriptPath } from './library.js';
import { readIfThere } from './read-file.js';
import { writeFileAtomic } from './write-file.js';

/** Copies the libraries where they are missing or of another version, and says how the page finds them. */
export async function sharedScripts(assetsDir: string, outDir: string): Promise<{ src: string }[]> {
  await mkdir(assetsDir, { recursive: true });
  const folder = relative(outDir, assetsDir).split(/[\\/]/).map(encodeURIComponent).join('/');
  return Promise.all(
    BROWSER_SCRIPTS.map(async (script) => {
      const source = await readFile(scriptPath(script), 'utf8');
      const target = join(assetsDir, script);
      if ((await readIfThere(target)) !== source) await writeFileAtomic(target, source);
      return { src: folder === '' ? script : `${folder}/${script}` };
    }),
  );
}
