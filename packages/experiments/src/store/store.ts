import { existsSync } from 'node:fs';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BagEpoch } from '@asmil/core';
import { sha256IfThere } from '@asmil/core/checksum';
import { UserError } from '@asmil/core/errors';
import { cleanTemp, tempName } from '@asmil/core/temp-name';
import type { RunRecord } from '../types.js';
import { type FileContent, placeFolder } from './atomic.js';
import { canonicalJson, sha256 } from './canonical.js';
import { readError, writeError } from './errors.js';
import { makeFolder, tryWriting } from './folder.js';
import { parse, stringify } from './json.js';
import { roundNumbers } from './round.js';
import { bagsSchema, recordFileSchema, type Timing, timingFileSchema } from './schema.js';
import { signatureOf } from './signature.js';

type BagEpochs = Readonly<Record<string, readonly BagEpoch[]>>;

/** A run as the store gives it back. */
export interface StoredRun {
  readonly record: RunRecord;
  /** Undefined if `timing.json` is missing or damaged: it is no part of the result. */
  readonly timing: Timing | undefined;
  /** Path of the selected epoch's weights, if they were kept. */
  readonly checkpoint: string | undefined;
  /** Path of its attention maps and bag features over the epochs, if they were kept. */
  readonly portrait: string | undefined;
}

/** The same with its test bags' dynamics. */
export interface WholeRun extends StoredRun {
  readonly bags: BagEpochs;
}

/** A run as it is handed to the store. */
export interface NewRun {
  readonly record: RunRecord;
  readonly bags: BagEpochs;
  readonly timing: Timing;
  /** Writes the selected epoch's weights to a path. */
  readonly checkpoint?: (path: string) => Promise<void>;
  /** Writes attention maps and bag features to a path. */
  readonly portrait?: (path: string) => Promise<void>;
}

/** A run that does not read well is looked at this often, with a pause between, before it counts as damaged. */
const LOOKS = 3;
const LOOK_AGAIN_MS = 50;

const TIMING = 'timing.json';
/** Name of the weights' file in a run's folder. */
export const CHECKPOINT = 'checkpoint.safetensors';
/** Name of the file with attention maps and bag features. */
export const PORTRAIT = 'portrait.safetensors';

/**
 * Finished runs by signature: `DIR/ab/ab12…/{record,bags,timing}.json`, with `checkpoint.safetensors` and
 * `portrait.safetensors` if weights or pictures are kept.
 * A run is written whole or not at all; what is read is verified, and a damaged run is set aside as `….damaged` and
 * counts as missing.
 */
export interface RunStore {
  readonly dir: string;
  /** Throws `UserError` if the folder could not be written when it was opened: for who is about to compute for hours. */
  checkWritable(): void;
  read(signature: string): Promise<StoredRun | undefined>;
  /** A stored run with its per-bag dynamics. */
  readWhole(signature: string): Promise<WholeRun | undefined>;
  /** Throws `UserError` if the folder cannot be written. Without `replace` the first record of a signature stays. */
  write(run: NewRun, options?: { replace?: boolean }): Promise<void>;
}

/**
 * Opens (and creates) a store. `onDamaged` gets one line for each run that had to be set aside. A folder that is there and
 * can only be read (an archive, a full disk) is opened too: what it holds is good for reports. Throws `UserError` if there
 * is no folder and none can be made.
 */
export async function openStore(dir: string, onDamaged: (line: string) => void): Promise<RunStore> {
  const refused = await prepare(dir);
  const folderOf = (signature: string): string => join(dir, signature.slice(0, 2), signature);

  async function readWhole(signature: string): Promise<WholeRun | undefined> {
    const folder = folderOf(signature);
    for (let attempt = 1; existsSync(folder); attempt++) {
      try {
        return await readRun(folder, signature);
      } catch (error) {
        const failed = readError(error, folder);
        if (failed) throw failed;
        if (attempt < LOOKS) {
          // Another command may just have replaced the folder between two reads.
          await sleep(LOOK_AGAIN_MS);
          continue;
        }
        const damaged = `damaged run ${signature} (${reasonOf(error)})`;
        if (refused) onDamaged(`${damaged}: counts as missing, and stays where it is: ${refused.message}`);
        else onDamaged(`${damaged}: set aside as ${await setAside(folder)}, will run again`);
        return undefined;
      }
    }
    return undefined;
  }

  return {
    dir,
    checkWritable() {
      if (refused) throw refused;
    },
    readWhole,
    read: async (signature) => {
      const run = await readWhole(signature);
      return run && { record: run.record, timing: run.timing, checkpoint: run.checkpoint, portrait: run.portrait };
    },
    async write({ record, bags, timing, checkpoint, portrait }, { replace = false } = {}) {
      const bagsText = `${stringify(roundNumbers(bags, 6))}\n`; // six digits: half the bytes, far below any effect
      const file = { format: 1, record, bagsSha256: sha256(bagsText), recordSha256: checksum(record) };
      const kept = { ...(checkpoint && { [CHECKPOINT]: checkpoint }), ...(portrait && { [PORTRAIT]: portrait }) };
      const files: Record<string, FileContent> = {
        'bags.json': bagsText,
        [TIMING]: `${stringify({ ...timing, sha256: sha256(canonicalJson(timing)) })}\n`,
        ...kept,
        // Last: it holds the checksums of the others as they stand on the disk.
        'record.json': async (path) =>
          `${stringify({ ...file, filesSha256: await checksumsOf(join(path, '..'), Object.keys(kept)) }, 1)}\n`,
      };
      const folder = folderOf(record.signature);
      await placeFolder(folder, files, replace).catch((error: unknown) => {
        throw writeError(error, folder, '--store DIR');
      });
    },
  };
}

/** SHA-256 of those of the named files that are there. */
async function checksumsOf(folder: string, names: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const sum = await sha256IfThere(join(folder, name));
    if (sum !== null) found[name] = sum;
  }
  return found;
}

/** SHA-256 of a record's content, NaN included. */
const checksum = (record: RunRecord): string => sha256(canonicalJson(JSON.parse(stringify(record))));

/** Makes the folder and clears it of what dead processes left. Returns why it cannot be written, if so. */
async function prepare(dir: string): Promise<UserError | undefined> {
  makeFolder(dir, '--store DIR');
  try {
    tryWriting(join(dir, tempName()));
  } catch (error) {
    const refused = writeError(error, dir, '--store DIR');
    if (refused instanceof UserError) return refused;
    throw refused;
  }
  await cleanTemp(dir);
  for (const name of await readdir(dir)) if (/^[0-9a-f]{2}$/.test(name)) await cleanTemp(join(dir, name));
  return undefined;
}

/** Reads and verifies one run; throws for anything that is not as it was written. */
async function readRun(folder: string, signature: string): Promise<WholeRun> {
  const recordText = await readFile(join(folder, 'record.json'), 'utf8');
  const bagsText = await readFile(join(folder, 'bags.json'), 'utf8');
  const file = recordFileSchema.parse(parse(recordText));
  if (sha256(bagsText) !== file.bagsSha256) throw new Error('the checksum of bags.json differs');
  if (checksum(file.record) !== file.recordSha256) throw new Error('the checksum of record.json differs');
  if (file.record.signature !== signature || signatureOf(file.record.spec) !== signature) {
    throw new Error('the signature differs from the specification');
  }
  const sums = file.filesSha256 ?? {};
  const found = await checksumsOf(folder, Object.keys(sums));
  const damaged = Object.keys(found).find((name) => found[name] !== sums[name]);
  if (damaged) throw new Error(`the checksum of ${damaged} differs`);
  const there = (name: string): string | undefined => (existsSync(join(folder, name)) ? join(folder, name) : undefined);
  return {
    record: file.record,
    bags: bagsSchema.parse(parse(bagsText)),
    timing: await readTiming(folder, file.filesSha256 !== undefined),
    checkpoint: there(CHECKPOINT),
    portrait: there(PORTRAIT),
  };
}

/** `sealed`: it was written with a checksum. */
async function readTiming(folder: string, sealed: boolean): Promise<Timing | undefined> {
  try {
    const { sha256: sum, ...timing } = timingFileSchema.parse(JSON.parse(await readFile(join(folder, TIMING), 'utf8')));
    return !sealed || sum === sha256(canonicalJson(timing)) ? timing : undefined;
  } catch {
    return undefined;
  }
}

async function setAside(folder: string): Promise<string> {
  let aside = `${folder}.damaged`;
  for (let i = 2; existsSync(aside); i++) aside = `${folder}.damaged-${i}`;
  await rename(folder, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return; // another command has just set it aside
    throw writeError(error, folder, '--store DIR');
  });
  return aside;
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'a file is missing';
  if (error instanceof SyntaxError) return 'not valid JSON';
  return error instanceof Error && !('issues' in error) ? error.message : 'not of the expected form';
}
