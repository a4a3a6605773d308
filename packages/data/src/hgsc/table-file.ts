import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UserError, writeFileWhole } from '@asmil/core';

/** Typed arrays that a table file can hold. */
const TYPES = { Uint8Array, Uint16Array, Uint32Array, Float64Array } as const;
type TypeName = keyof typeof TYPES;
export type TableArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

interface Header {
  readonly key: string;
  readonly arrays: readonly { readonly name: string; readonly type: TypeName; readonly length: number }[];
}

const MAGIC = 'ASMILTB1';
const ALIGN = 8;
const HASH_BYTES = 32;
const aligned = (n: number): number => Math.ceil(n / ALIGN) * ALIGN;

/**
 * Writes named arrays to one file: magic (8 bytes), length of the header (uint32) and four zero bytes, header (JSON), the
 * arrays at multiples of eight bytes, and the SHA-256 of all that. Numbers are little endian, as on every machine that
 * Node supports in practice. The file appears whole or not at all.
 */
export async function writeTables(
  path: string,
  key: string,
  arrays: Readonly<Record<string, TableArray>>,
): Promise<void> {
  const entries = Object.entries(arrays);
  const header: Header = {
    key,
    arrays: entries.map(([name, a]) => ({ name, type: a.constructor.name as TypeName, length: a.length })),
  };
  const text = Buffer.from(JSON.stringify(header));
  let at = aligned(16 + text.length);
  const body = Buffer.alloc(entries.reduce((n, [, a]) => n + aligned(a.byteLength), at) + HASH_BYTES);
  body.write(MAGIC, 'latin1');
  body.writeUInt32LE(text.length, 8);
  text.copy(body, 16);
  for (const [, a] of entries) {
    body.set(new Uint8Array(a.buffer, a.byteOffset, a.byteLength), at);
    at += aligned(a.byteLength);
  }
  createHash('sha256').update(body.subarray(0, at)).digest().copy(body, at);
  await writeFileWhole(path, body);
}

/**
 * Reads the arrays of a file written by `writeTables`; null if there is no such file. Throws `UserError` if it is damaged
 * or was made from other sources than `key` says.
 */
export async function readTables(path: string, key: string): Promise<Record<string, TableArray> | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const damaged = (what: string): UserError => new UserError(`${path} ${what}: delete it and fetch the cohort again`);
  const end = bytes.length - HASH_BYTES;
  if (end < 16 || bytes.toString('latin1', 0, 8) !== MAGIC) throw damaged('is not a table file');
  if (!createHash('sha256').update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end))) {
    throw damaged('is damaged (its SHA-256 is wrong)');
  }
  const length = bytes.readUInt32LE(8);
  const header = JSON.parse(bytes.toString('utf8', 16, 16 + length)) as Header;
  if (header.key !== key) throw damaged('was made from other files or by another recipe');
  // Typed arrays need an aligned start; small files may lie anywhere in Node's shared pool.
  const whole = bytes.byteOffset % ALIGN === 0 ? bytes : new Uint8Array(bytes);
  const out: Record<string, TableArray> = {};
  let at = aligned(16 + length);
  for (const { name, type, length } of header.arrays) {
    out[name] = new TYPES[type](whole.buffer as ArrayBuffer, whole.byteOffset + at, length);
    at += aligned(out[name].byteLength);
  }
  return out;
}
