import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach } from 'vitest';

/** CRC-32 of the zip format, bit by bit. */
function crc32(data: Buffer): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A zip file in memory. */
export function zip(files: Record<string, string | Buffer>): Buffer {
  const parts: Buffer[] = [];
  const index: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = Buffer.from(content as string);
    const packed = deflateRawSync(data);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    index.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, rest, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(index);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(index.length, 4);
  end.writeUInt16LE(index.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, directory, Buffer.from('PK\x05\x06'), end]);
}

/** The files of a TensorFlow wheel with a few bytes in place of the libraries. */
export function wheelFiles(name = 'tensorflow_cpu', tag = 'cp311-cp311-manylinux_2_27_x86_64'): Record<string, string> {
  const cc = 'cc library '.repeat(2000);
  const framework = 'framework library '.repeat(1000);
  const record = (path: string, text: string) =>
    `${path},sha256=${createHash('sha256').update(text).digest('base64url')},${text.length}\n`;
  return {
    'tensorflow/__init__.py': '',
    'tensorflow/libtensorflow_cc.so.2': cc,
    'tensorflow/libtensorflow_framework.so.2': framework,
    'tensorflow/include/tensorflow/c/c_api.h': '// header',
    'tensorflow/include/xla/tsl/c/tsl_status.h': '// header',
    'tensorflow/include/external/other/big.h': '// not needed',
    'tensorflow/python/ops.py': 'not needed',
    [`${name}-2.21.0.dist-info/WHEEL`]: `Wheel-Version: 1.0\nTag: ${tag}\n`,
    [`${name}-2.21.0.dist-info/RECORD`]:
      record('tensorflow/libtensorflow_cc.so.2', cc) + record('tensorflow/libtensorflow_framework.so.2', framework),
  };
}

/** Gives each test of a file its own folder with its own cache in it; call at the top level. */
export function useScratch(): { dir: string; write(name: string, content: string | Buffer): string } {
  const before = { ASMIL_CACHE: process.env.ASMIL_CACHE, CXX: process.env.CXX, PYTHON: process.env.PYTHON };
  const scratch = {
    dir: '',
    write(name: string, content: string | Buffer) {
      const path = join(scratch.dir, name);
      writeFileSync(path, content, { mode: 0o755 });
      return path;
    },
  };
  beforeEach(() => {
    scratch.dir = mkdtempSync(join(tmpdir(), 'asmil-native-'));
    process.env.ASMIL_CACHE = join(scratch.dir, 'cache');
  });
  afterEach(() => {
    rmSync(scratch.dir, { recursive: true, force: true });
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  return scratch;
}
