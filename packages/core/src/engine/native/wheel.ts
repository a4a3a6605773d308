import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { sha256OfFile } from '../../checksum.js';
import { UserError } from '../../errors.js';
import { LIBRARIES } from './install.js';
import { checkStopped } from './process.js';

/** SHA-256 of the wheels that the set-up downloads itself, by file name. */
export const PINNED_WHEELS: Record<string, string> = {
  'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl':
    '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl':
    '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
};

/** Headers that the C interface includes, directly or not, in the TensorFlow versions of the last years. */
const HEADERS =
  /^tensorflow\/include\/(tensorflow\/c|tensorflow\/core\/platform|tsl|xla\/tsl|external\/local_tsl)\/.*\.h$/;

interface Entry {
  fileName: string;
  uncompressedSize: number;
}

/** The part of yauzl that is used here; the package has no type declarations. */
interface ZipFile {
  eachEntry(): AsyncIterable<Entry>;
  openReadStreamPromise(entry: Entry): Promise<Readable>;
  close(): void;
}

const yauzl = createRequire(import.meta.url)('yauzl') as {
  openPromise(path: string, options: { autoClose: boolean }): Promise<ZipFile>;
};

/** A TensorFlow wheel that has been opened and found to hold what the engine needs. */
export interface Wheel {
  file: string;
  /** TensorFlow's version. */
  version: string;
  /** `tensorflow-cpu` wheels hold a CPU build; plain `tensorflow` wheels for Linux x64 one for NVIDIA GPUs. */
  device: 'cpu' | 'gpu';
  sha256: string;
  pinned: boolean;
  /** What will be unzipped, in bytes. */
  bytes: number;
}

/**
 * Opens a wheel file and says what it is, after its SHA-256 was compared with the pinned one where there is one.
 *
 * @throws UserError when there is no such file, or it is no wheel, another package's, damaged, or for another platform.
 */
export async function openWheel(file: string, pins: Record<string, string> = PINNED_WHEELS): Promise<Wheel> {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) {
    throw new UserError(`No wheel at ${file}: give the path of a tensorflow_cpu-*.whl file for Linux x86_64.`);
  }
  const { sha256, pin } = await fingerprint(file, pins);
  if (pin && pin !== sha256) {
    throw new UserError(`${file} has ${differs(sha256, pin)}: the download is damaged or altered, fetch it again.`);
  }
  const inside = await readIndex(file);
  const info = inside.entries.map((e) => /^([^/]+)-([^/]+)\.dist-info\/WHEEL$/.exec(e.fileName)).find(Boolean);
  const [name, version] = [info?.[1]?.toLowerCase(), info?.[2]];
  if (!name || !version)
    throw new UserError(`${file} is a zip file but not a Python wheel: give a tensorflow_cpu-*.whl file.`);
  const missing = LIBRARIES.filter((lib) => !inside.entries.some((e) => e.fileName === `tensorflow/${lib}`));
  if (missing.length > 0) {
    throw new UserError(
      `${file} is a wheel of ${name} ${version} without ${missing.join(' and ')}: give a tensorflow_cpu-*.whl file for Linux x86_64.`,
    );
  }
  if (!/linux.*x86_64/.test(inside.tags)) {
    throw new UserError(`${file} is not for Linux x86_64 (its tags: ${inside.tags}): give a manylinux x86_64 wheel.`);
  }
  return {
    file,
    version,
    device: /cpu/.test(name) ? 'cpu' : 'gpu',
    sha256,
    pinned: pin !== undefined,
    bytes: inside.entries.filter(isNeeded).reduce((sum, e) => sum + e.uncompressedSize, 0),
  };
}

/**
 * Unzips the two libraries and the headers into `target/tensorflow`, and compares the libraries with the hashes in the
 * wheel's own record. `progress` is given the fraction that is done, from 0 to 1.
 */
export async function unzipWheel(
  wheel: Wheel,
  target: string,
  progress: (done: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  const zip = await yauzl.openPromise(wheel.file, { autoClose: false }).catch(damaged(wheel.file));
  const hashes = new Map<string, string>();
  let record = '';
  let done = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      checkStopped(signal);
      if (/\.dist-info\/RECORD$/.test(entry.fileName)) record = await text(await zip.openReadStreamPromise(entry));
      if (!isNeeded(entry)) continue;
      const path = join(target, entry.fileName);
      mkdirSync(dirname(path), { recursive: true });
      const hash = createHash('sha256');
      const count = new Transform({
        transform(chunk: Buffer, _encoding, next) {
          hash.update(chunk);
          done += chunk.length;
          progress(done / wheel.bytes);
          next(null, chunk);
        },
      });
      await pipeline(await zip.openReadStreamPromise(entry), count, createWriteStream(path), { signal });
      hashes.set(entry.fileName, hash.digest('base64url'));
    }
  } catch (error) {
    checkStopped(signal);
    if (['ENOSPC', 'EACCES', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return damaged(wheel.file)(error as Error);
  } finally {
    zip.close();
  }
  const recorded = new Map(record.split('\n').map((line) => line.split(',sha256=') as [string, string]));
  for (const lib of LIBRARIES.map((l) => `tensorflow/${l}`)) {
    const expected = recorded.get(lib)?.split(',')[0];
    if (expected && expected !== hashes.get(lib))
      damaged(wheel.file)(new Error(`${lib} does not match the wheel's record`));
  }
}

/** In words how a wheel differs from the pinned one of its name; null if it does not, or none is pinned. */
export async function pinProblem(file: string, pins: Record<string, string> = PINNED_WHEELS): Promise<string | null> {
  const { sha256, pin } = await fingerprint(file, pins);
  return pin && pin !== sha256 ? `${basename(file)} has ${differs(sha256, pin)}` : null;
}

async function fingerprint(file: string, pins: Record<string, string>): Promise<{ sha256: string; pin?: string }> {
  return { sha256: await sha256OfFile(file), pin: pins[basename(file)] };
}

const differs = (sha256: string, pin: string): string =>
  `SHA-256 ${sha256.slice(0, 12)}… where ${pin.slice(0, 12)}… was expected`;

async function readIndex(file: string): Promise<{ entries: Entry[]; tags: string }> {
  const zip = await yauzl.openPromise(file, { autoClose: false }).catch(() => {
    throw new UserError(`${file} is not a wheel (it is no zip file, or cut off): give a tensorflow_cpu-*.whl file.`);
  });
  const entries: Entry[] = [];
  let tags = '';
  try {
    for await (const entry of zip.eachEntry()) {
      entries.push({ fileName: entry.fileName, uncompressedSize: entry.uncompressedSize });
      if (/^[^/]+\.dist-info\/WHEEL$/.test(entry.fileName)) {
        const lines = (await text(await zip.openReadStreamPromise(entry))).split('\n');
        tags = lines.flatMap((line) => /^Tag:\s*(\S+)/.exec(line)?.[1] ?? []).join(', ');
      }
    }
  } catch (error) {
    return damaged(file)(error as Error);
  } finally {
    zip.close();
  }
  return { entries, tags };
}

function isNeeded(entry: Entry): boolean {
  return HEADERS.test(entry.fileName) || LIBRARIES.some((lib) => entry.fileName === `tensorflow/${lib}`);
}

function damaged(file: string): (error: Error) => never {
  return (error) => {
    throw new UserError(`${file} is damaged (${error.message.split('\n')[0]}): fetch it again.`);
  };
}
