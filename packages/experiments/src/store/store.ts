import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BagEpoch } from '@asmil/core';
import type { RunRecord } from '../types.js';
import { cleanTemp, placeFolder, tempName } from './atomic.js';
import { canonicalJson, sha256 } from './canonical.js';
import { readError, writeError } from './errors.js';
import { makeFolder } from './folder.js';
import { parse, stringify } from './json.js';
import { roundNumbers } from './round.js';
import { bagsSchema, recordFileSchema, type Timing, timingSchema } from './schema.js';
import { signatureOf } from './signature.js';

type BagEpochs = Readonly<Record<string, readonly BagEpoch[]>>;

/** A run as the store gives it back. */
export interface StoredRun {
  readonly record: RunRecord;
  /** Undefined if `timing.json` is missing or unreadable: it is no part of the result. */
  readonly timing: Timing | undefined;
  /** Path of the selected epoch's weights, if they were kept. */
  readonly checkpoint: string | undefined;
  /** Path of its attention maps and bag features over the epochs, if they were kept. */
  readonly portrait: string | undefined;
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
  read(signature: string): Promise<StoredRun | undefined>;
  /** Per-bag dynamics of a stored run. */
  readBags(signature: string): Promise<BagEpochs | undefined>;
  /** Throws `UserError` if the folder cannot be written. Without `replace` the first record of a signature stays. */
  write(run: NewRun, options?: { replace?: boolean }): Promise<void>;
}

/** Opens (and creates) a store. `onDamaged` gets one line for each run that had to be set aside. */
export async function openStore(dir: string, onDamaged: (line: string) => void): Promise<RunStore> {
  await prepare(dir);
  const folderOf = (signature: string): string => join(dir, signature.slice(0, 2), signature);

  async function load(signature: string): Promise<(StoredRun & { bags: BagEpochs }) | undefined> {
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
        const aside = await setAside(folder);
        onDamaged(`damaged run ${signature} (${reasonOf(error)}): set aside as ${aside}, will run again`);
        return undefined;
      }
    }
    return undefined;
  }

  return {
    dir,
    read: async (signature) => {
      const run = await load(signature);
      return run && { record: run.record, timing: run.timing, checkpoint: run.checkpoint, portrait: run.portrait };
    },
    readBags: async (signature) => (await load(signature))?.bags,
    async write({ record, bags, timing, checkpoint, portrait }, { replace = false } = {}) {
      const bagsText = `${stringify(roundNumbers(bags, 6))}\n`; // six digits: half the bytes, far below any effect
      const file = { format: 1, record, bagsSha256: sha256(bagsText), recordSha256: checksum(record) };
      const files = {
        'bags.json': bagsText,
        'timing.json': `${stringify(timing)}\n`,
        'record.json': `${stringify(file, 1)}\n`,
        ...(checkpoint && { [CHECKPOINT]: checkpoint }),
        ...(portrait && { [PORTRAIT]: portrait }),
      };
      const folder = folderOf(record.signature);
      await placeFolder(folder, files, replace).catch((error: unknown) => {
        throw writeError(error, folder, '--store DIR');
      });
    },
  };
}

/** SHA-256 of a record's content, NaN included. */
const checksum = (record: RunRecord): string => sha256(canonicalJson(JSON.parse(stringify(record))));

async function prepare(dir: string): Promise<void> {
  const probe = join(dir, tempName());
  try {
    makeFolder(dir, '--store DIR');
    await mkdir(probe);
    await rm(probe, { recursive: true });
  } catch (error) {
    throw writeError(error, dir, '--store DIR');
  }
  await cleanTemp(dir);
  for (const name of await readdir(dir)) if (/^[0-9a-f]{2}$/.test(name)) await cleanTemp(join(dir, name));
}

/** Reads and verifies one run; throws for anything that is not as it was written. */
async function readRun(folder: string, signature: string): Promise<StoredRun & { bags: BagEpochs }> {
  const recordText = await readFile(join(folder, 'record.json'), 'utf8');
  const bagsText = await readFile(join(folder, 'bags.json'), 'utf8');
  const file = recordFileSchema.parse(parse(recordText));
  if (sha256(bagsText) !== file.bagsSha256) throw new Error('the checksum of bags.json differs');
  if (checksum(file.record) !== file.recordSha256) throw new Error('the checksum of record.json differs');
  if (file.record.signature !== signature || signatureOf(file.record.spec) !== signature) {
    throw new Error('the signature differs from the specification');
  }
  const there = (name: string): string | undefined => (existsSync(join(folder, name)) ? join(folder, name) : undefined);
  return {
    record: file.record,
    bags: bagsSchema.parse(parse(bagsText)),
    timing: await readTiming(folder),
    checkpoint: there(CHECKPOINT),
    portrait: there(PORTRAIT),
  };
}

async function readTiming(folder: string): Promise<Timing | undefined> {
  try {
    return timingSchema.parse(JSON.parse(await readFile(join(folder, 'timing.json'), 'utf8')));
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
