import { UserError } from '@asmil/core';

/** Reads a file's bytes from front to back. Past the end it throws a UserError that names the file. */
export class ByteReader {
  at = 0;
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    /** Names the bytes in errors. */
    readonly file: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The place of the next `count` bytes, which the reader then stands behind. */
  #skip(count: number): number {
    const left = this.bytes.length - this.at;
    if (count > left)
      throw damaged(this.file, `truncated: ${count} bytes are announced at byte ${this.at}, ${left} are left`);
    const from = this.at;
    this.at += count;
    return from;
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  /** Big-endian, as pickles hold it. */
  f64(): number {
    return this.#view.getFloat64(this.#skip(8), false);
  }

  /** A count or length of 8 bytes. */
  length64(): number {
    const value = this.#view.getBigInt64(this.#skip(8), true);
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER))
      throw damaged(this.file, `a length of ${value} is announced`);
    return Number(value);
  }

  /** A view, no copy. */
  take(count: number): Uint8Array {
    const from = this.#skip(count);
    return this.bytes.subarray(from, from + count);
  }

  text(count: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.take(count));
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw damaged(this.file, `a text before byte ${this.at} is not UTF-8`);
    }
  }

  /** Up to the next line feed, which is left out. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw damaged(this.file, `truncated: a line that begins at byte ${this.at} has no end`);
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }
}

export function damaged(file: string, what: string): UserError {
  return new UserError(`${file}: ${what}; the file is damaged or no PyTorch file, copy or save it again`);
}
