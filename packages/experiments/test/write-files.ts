import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Text, bytes, or the path of a file to copy. */
export type FileContent = string | Uint8Array | { readonly from: string };

/** Writes files by their paths in a folder, and the folders on the way. */
export function writeFiles(dir: string, files: Readonly<Record<string, FileContent>>): void {
  for (const [path, content] of Object.entries(files)) {
    const target = join(dir, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(target, content);
    else cpSync(content.from, target);
  }
}
