import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '@asmil/core';
import { openZip, type ZipEntry, type ZipFile } from './untyped.js';

/** A file inside an archive. */
export interface Member {
  /** Path in the archive. */
  readonly path: string;
  /** SHA-256 of the unpacked file. */
  readonly sha256: string;
  /** File name in the target folder. */
  readonly as: string;
}

/**
 * Unpacks named members of a zip archive into an existing folder, which is a work folder: only when this returns are all of
 * them there and right. Throws `UserError` if the archive cannot be read, lacks a member or holds other bytes.
 */
export async function extractMembers(
  archive: string,
  members: readonly Member[],
  dir: string,
  progress: (line: string) => void,
): Promise<void> {
  const wanted = new Map(members.map((member) => [member.path, member]));
  let zip: ZipFile;
  try {
    zip = await openZip(archive);
  } catch (error) {
    throw new UserError(`cannot read ${archive} as a zip archive (${(error as Error).message}): download it again`);
  }
  try {
    for await (const entry of zip.eachEntry()) {
      const member = wanted.get(entry.fileName);
      if (!member) continue;
      wanted.delete(entry.fileName);
      await extract(zip, entry, member, dir);
      progress(`unpacked ${member.as} (${(entry.uncompressedSize / 1e6).toFixed(1)} MB)`);
      if (wanted.size === 0) break;
    }
  } finally {
    zip.close();
  }
  const missing = [...wanted.keys()][0];
  if (missing !== undefined)
    throw new UserError(`${archive} holds no ${missing}: it is another version of the package`);
}

async function extract(zip: ZipFile, entry: ZipEntry, member: Member, dir: string): Promise<void> {
  const hash = createHash('sha256');
  const tap = new PassThrough();
  tap.on('data', (chunk: Buffer) => hash.update(chunk));
  await pipeline(await zip.openReadStreamPromise(entry), tap, createWriteStream(join(dir, member.as)));
  const found = hash.digest('hex');
  if (found !== member.sha256)
    throw new UserError(`${member.path} has SHA-256 ${found}, expected ${member.sha256}: download the package again`);
}
