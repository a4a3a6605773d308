import { open, stat } from 'node:fs/promises';
import { UserError } from '@asmil/core';

/** Bytes that are read in parts: a file, or what is in memory already. */
export interface ByteSource {
  /** Names the bytes in errors. */
  readonly name: string;
  readonly size: number;
  /** Set where going back means to begin anew: a compressed stream. */
  readonly forward?: true;
  /** `length` bytes from `from` on; a view where they are in memory already. Throws `UserError` past the end. */
  read(from: number, length: number): Promise<Uint8Array>;
  /** Fills `out` with the bytes from `from` on. Throws `UserError` past the end. */
  readInto(from: number, out: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  const view = (from: number, length: number): Uint8Array => {
    checkRange(name, bytes.length, from, length);
    return bytes.subarray(from, from + length);
  };
  return {
    name,
    size: bytes.length,
    read: async (from, length) => view(from, length),
    readInto: async (from, out) => out.set(view(from, out.length)),
    close: async () => {},
  };
}

/**
 * A file as a source; the caller closes it. Throws a `UserError` that begins with `name` for one that is missing, cannot be
 * read, or is no plain file (reading from a pipe or device might never end).
 */
export async function fileSource(path: string, name = path): Promise<ByteSource> {
  await plainFile(path, name);
  const handle = await open(path, 'r').catch((error) => {
    throw unreadable(name, error);
  });
  const { size } = await handle.stat();
  const readInto = async (from: number, out: Uint8Array): Promise<void> => {
    checkRange(name, size, from, out.length);
    for (let done = 0; done < out.length; ) {
      const part = Math.min(out.length - done, MAX_PART);
      const { bytesRead } = await handle.read(out, done, part, from + done).catch((error) => {
        throw unreadable(name, error);
      });
      if (bytesRead === 0) throw new UserError(`${name}: it became shorter while it was read; try again`);
      done += bytesRead;
    }
  };
  return {
    name,
    size,
    async read(from, length) {
      checkRange(name, size, from, length);
      const out = new Uint8Array(length);
      await readInto(from, out);
      return out;
    },
    readInto,
    close: () => handle.close(),
  };
}

/** Size in bytes of a plain file. Throws as `fileSource` does. */
export async function plainFile(path: string, name = path): Promise<number> {
  const found = await stat(path).catch((error) => {
    throw unreadable(name, error);
  });
  if (!found.isFile())
    throw new UserError(`${name}: a ${found.isDirectory() ? 'folder' : 'pipe or device'}, expected a file`);
  return found.size;
}

/** One system call reads at most 2 GiB. */
const MAX_PART = 2 ** 30;

function checkRange(name: string, size: number, from: number, length: number): void {
  if (from + length > size)
    throw new UserError(
      `${name}: truncated: ${length} bytes are announced at byte ${from}, the file has ${size}; copy or save it again`,
    );
}

function unreadable(name: string, error: unknown): UserError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return new UserError(`${name}: no such file`);
  return new UserError(`${name}: cannot be read (${code ?? message}); check its permissions and the disk`);
}

/** A part of a source, as a source of its own. */
export function partOf(source: ByteSource, at: number, size: number): ByteSource {
  const checked = (from: number, length: number): number => {
    checkRange(source.name, size, from, length);
    return at + from;
  };
  return {
    name: source.name,
    size,
    read: async (from, length) => source.read(checked(from, length), length),
    readInto: async (from, out) => source.readInto(checked(from, out.length), out),
    close: async () => {},
  };
}
