import { pipeline, type Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { UserError } from '@asmil/core';
import type { ByteSource } from './byte-source.js';

const PART = 2 ** 16;

/**
 * The unpacked bytes of a deflated entry of a zip archive, from front to back: asking for an earlier byte begins anew. `size`
 * is what the archive declares; other lengths, and another checksum at the end, throw `UserError`. The caller closes it.
 */
export function inflatedSource(packed: ByteSource, size: number, expected: number): ByteSource {
  const { name } = packed;
  const damaged = (what: string): UserError =>
    new UserError(`${name}: ${what}; the file is damaged, copy or save it again`);
  let stream: Readable | undefined;
  let chunks: AsyncIterator<Buffer> | undefined;
  let rest: Uint8Array = new Uint8Array(0);
  let at = 0;
  let sum = 0;

  const stop = (): void => {
    stream?.destroy();
    [stream, chunks, rest, at, sum] = [undefined, undefined, new Uint8Array(0), 0, 0];
  };
  /** The next bytes, at most `most`. */
  const next = async (most: number): Promise<Uint8Array> => {
    if (!chunks) {
      stream = pipeline(packedParts(packed), createInflateRaw(), () => {}); // errors come out of the iterator
      chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    }
    while (rest.length === 0) {
      const { value, done } = await chunks.next().catch((error) => {
        if (error instanceof UserError) throw error;
        throw damaged(`a compressed entry cannot be unpacked (${(error as Error).message})`);
      });
      if (done) throw damaged(`a compressed entry has ${at} bytes, expected ${size}`);
      rest = value;
    }
    const part = rest.subarray(0, most);
    rest = rest.subarray(part.length);
    at += part.length;
    sum = crc32(part, sum);
    if (at === size && sum !== expected) throw damaged('its content does not match its checksum');
    return part;
  };
  const readInto = async (from: number, out: Uint8Array): Promise<void> => {
    if (from + out.length > size) throw damaged(`truncated: a compressed entry has ${size} bytes, expected more`);
    if (from < at) stop();
    while (at < from) await next(from - at);
    for (let done = 0; done < out.length; ) {
      const part = await next(out.length - done);
      out.set(part, done);
      done += part.length;
    }
  };
  return {
    name,
    size,
    forward: true,
    async read(from, length) {
      const out = new Uint8Array(length);
      await readInto(from, out);
      return out;
    },
    readInto,
    close: async () => stop(),
  };
}

async function* packedParts(packed: ByteSource): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < packed.size; from += PART) yield packed.read(from, Math.min(PART, packed.size - from));
}
