import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors } from '@asmil/core';
import { afterAll, describe, expect, test } from 'vitest';
import { find } from '../../src/features/arrays.js';
import { openSource } from '../../src/features/open-file.js';
import { readSlide } from '../../src/features/read-slide.js';
import { bytesSource } from '../../src/files/byte-source.js';
import { decodeNumbers } from '../../src/files/numbers.js';
import { countOf } from '../../src/files/stored-array.js';
import { zip } from '../zip.js';
import { DIM, featuresOf, formatOf, HDF5, openPath, place, positionsOf, WSI } from './fixtures.js';

const folder = mkdtempSync(join(tmpdir(), 'asmil-features-'));
afterAll(() => rmSync(folder, { recursive: true }));

const s002 = featuresOf('s002');
const made = (name: string, bytes: Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};
const npy = (name: string) => readFileSync(`${WSI}/npy-variants/${name}.npy`);
const npyParts = { 'features.npy': npy('fortran'), 'coords.npy': readFileSync(`${WSI}/torchmil/coords/s002.npy`) };

/** Files of the slide s002 in every form of storage. */
const FILES: Readonly<Record<string, string>> = {
  'HDF5 contiguous in a group': `${WSI}/acmil/patch_feats_pretrain_natural_supervised.h5`,
  'HDF5 chunks': `${WSI}/clam/h5_files/s002.h5`,
  'zip .pt': `${WSI}/pt-variants/zip-float32.pt`,
  '.pt with strides': `${WSI}/pt-variants/zip-strided.pt`,
  'legacy .pt': `${WSI}/pt-variants/legacy-float32.pt`,
  '.npy': `${WSI}/npy-variants/version2.npy`,
  '.npy of big-endian numbers': `${WSI}/npy-variants/bigendian.npy`,
  '.npy in Fortran order': `${WSI}/npy-variants/fortran.npy`,
  'deflated .npz': made('deflated.npz', zip({ 'features.npy': npy('version2') }, { deflate: true })),
  'deflated .npz in Fortran order': made('fortran.npz', zip(npyParts, { deflate: true })),
  'stored .npz': made('stored.npz', zip({ 'feat.npy': npy('float64') })),
  '.safetensors': made(
    's002.safetensors',
    encodeSafetensors({
      metadata: {},
      tensors: { coords: { shape: [7, 2], data: positionsOf(7) }, features: { shape: [7, DIM], data: s002 } },
    }),
  ),
  CSV: made('s002.csv', Buffer.from(csv(s002))),
};

function csv(values: Float32Array): string {
  const rows = Array.from({ length: values.length / DIM }, (_, i) => values.subarray(i * DIM, (i + 1) * DIM).join(','));
  return `\ufeff${[Array.from({ length: DIM }, (_, j) => `"${j}"`).join(','), ...rows, ''].join('\r\n')}`;
}

describe('an array read in parts is the array', () => {
  test.each(Object.entries(FILES))('%s', async (what, path) => {
    const { openFile } = await import('../../src/features/open-file.js');
    const file = await openFile(place(path, what.endsWith('group') ? 's002' : undefined));
    try {
      const array = (await find(file, 'features'))!;
      const { unit } = array;
      for (const rows of [1, 2, 3, 7]) {
        const out = new Float32Array(countOf(array.shape));
        const wide = new Float64Array(out.length);
        const part = rows * DIM;
        expect([part % unit, array.step % unit]).toEqual([0, 0]);
        for (let from = 0; from < out.length; from += part) {
          const to = Math.min(from + part, out.length);
          await array.read(from, out.subarray(from, to));
        }
        // Backwards too: streams begin anew.
        for (let from = 0; from < out.length; from += part) {
          const first = Math.max(0, out.length - from - part);
          await array.read(first, wide.subarray(first, out.length - from));
        }
        expect([out, Float32Array.from(wide)]).toEqual([s002, s002]);
      }
    } finally {
      await file.close();
    }
  });

  test('coordinates go with the features of a file', async () => {
    for (const what of ['.safetensors', 'deflated .npz in Fortran order']) {
      const slide = await readSlide({ id: 's002', features: place(FILES[what]!) });
      expect([slide.features, slide.positions]).toEqual([s002, positionsOf(7)]);
    }
  });

  test('chunks that end within a row and within a part', async () => {
    const file = await openPath(`${HDF5}/version-3-big-endian.h5`); // chunks of 7 rows and 3 columns
    const array = (await find(file, 'features'))!;
    const out = new Float32Array(24);
    await array.read(48, out); // rows 6 to 8
    expect([...out]).toEqual(Array.from({ length: 24 }, (_, k) => (48 + k) / 8));
    expect(array.step % (7 * 8)).toBe(0); // whole chunks at a time
    await file.close();
  });
});

test('bytes in memory are read as a file is', async () => {
  for (const path of Object.values(FILES)) {
    const format = formatOf(path)!;
    if (format === 'hdf5') continue;
    const file = await openSource(bytesSource(readFileSync(path), 'x'), format);
    const out = new Float32Array(7 * DIM);
    await (await find(file, 'features'))!.read(0, out);
    expect(out).toEqual(s002);
  }
});

describe('numbers of every type', () => {
  const bytes = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const decoded = (type: Parameters<typeof decodeNumbers>[0], view: ArrayBufferView, count: number, big = false) => {
    const shifted = new Uint8Array(view.byteLength + 1); // not aligned
    shifted.set(bytes(view), 1);
    const [wide, narrow] = [new Float64Array(count), new Float32Array(count)];
    decodeNumbers(type, shifted.subarray(1), wide, big);
    decodeNumbers(type, bytes(view), narrow, big);
    expect([...narrow]).toEqual([...Float32Array.from(wide)]);
    return [...wide];
  };

  test('in the byte order of the machine', () => {
    expect(decoded('int8', Int8Array.of(-128, 127), 2)).toEqual([-128, 127]);
    expect(decoded('uint8', Uint8Array.of(0, 255), 2)).toEqual([0, 255]);
    expect(decoded('bool', Uint8Array.of(0, 1), 2)).toEqual([0, 1]);
    expect(decoded('int16', Int16Array.of(-300, 300), 2)).toEqual([-300, 300]);
    expect(decoded('uint16', Uint16Array.of(65535), 1)).toEqual([65535]);
    expect(decoded('int32', Int32Array.of(-(2 ** 31), 7), 2)).toEqual([-(2 ** 31), 7]);
    expect(decoded('uint32', Uint32Array.of(2 ** 32 - 1), 1)).toEqual([2 ** 32 - 1]);
    expect(decoded('int64', BigInt64Array.of(-5n, 2n ** 53n), 2)).toEqual([-5, 2 ** 53]);
    expect(decoded('uint64', BigUint64Array.of(2n ** 63n), 1)).toEqual([2 ** 63]);
    expect(decoded('float64', Float64Array.of(0.1, -1e300), 2)).toEqual([0.1, -1e300]);
    expect(decoded('float32', Float32Array.of(0.5, Number.NaN), 2)).toEqual([0.5, Number.NaN]);
    expect(decoded('bfloat16', Uint16Array.of(0x3f80, 0xc2f7), 2)).toEqual([1, -123.5]);
  });

  test('half precision against its definition, all 65,536', () => {
    const values = decoded(
      'float16',
      Uint16Array.from({ length: 65536 }, (_, h) => h),
      65536,
    );
    const view = new DataView(new ArrayBuffer(4));
    for (const [h, value] of values.entries()) {
      const [exponent, fraction] = [(h >> 10) & 31, h & 1023];
      if (exponent === 0) {
        expect(Object.is(value, (h & 0x8000 ? -1 : 1) * fraction * 2 ** -24)).toBe(true);
        continue;
      }
      // The same number as float32: exponent moved from bias 15 to 127, fraction widened from 10 to 23 bits.
      const wide = exponent === 31 ? 255 : exponent + 112;
      view.setUint32(0, (((h & 0x8000) << 16) | (wide << 23) | (fraction << 13)) >>> 0);
      if (!Object.is(value, view.getFloat32(0))) expect([h, value]).toEqual([h, view.getFloat32(0)]);
    }
  });

  test('in the other byte order', () => {
    expect(decoded('int16', Uint8Array.of(0x01, 0x02), 1, true)).toEqual([0x0102]);
    expect(decoded('float16', Uint8Array.of(0x3c, 0x00), 1, true)).toEqual([1]);
    expect(decoded('float32', Uint8Array.of(0x3f, 0x80, 0, 0), 1, true)).toEqual([1]);
    expect(decoded('int64', Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0), 1, true)).toEqual([256]);
  });
});
