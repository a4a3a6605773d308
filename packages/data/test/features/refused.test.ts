import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors } from '@asmil/core';
import { afterAll, describe, expect, test } from 'vitest';
import { guarded, hdf5Instance } from '../../src/features/formats/hdf5-library.js';
import { inspectSlide, readSlide } from '../../src/features/read-slide.js';
import { zip } from '../zip.js';
import { HDF5, LAYOUTS, PYTORCH, place, refusal, WSI } from './fixtures.js';

const folder = mkdtempSync(join(tmpdir(), 'asmil-features-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file and gives its path. */
function made(name: string, bytes: string | Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

/** A `.npy` file with any header. */
function npy(header: string, data: Uint8Array | number = 0, version = 1): Uint8Array {
  const text = Buffer.from(header, 'latin1');
  const head = Buffer.alloc(version === 1 ? 10 : 12);
  head.write('\x93NUMPY', 'latin1');
  head[6] = version;
  if (version === 1) head.writeUInt16LE(text.length, 8);
  else head.writeUInt32LE(text.length, 8);
  return Buffer.concat([head, text, typeof data === 'number' ? Buffer.alloc(data) : data]);
}
const header = (descr: string, shape: string, order = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
const plain = npy(header("'<f4'", '(2, 2)'), 16);

const read = (path: string) => readSlide({ id: 's', features: place(path) });

describe('damaged slides of the fixtures are refused with slide and file', () => {
  test.each([
    ['CLAM h5', 's009', /^slide s009: h5_files\/s009\.h5: truncated: 5678 of 9464 bytes; copy the file again$/],
    ['CLAM pt', 's009', /^slide s009: pt_files\/s009\.pt: not a whole zip archive \(End of central directory/],
    ['TRIDENT', 's009', /^slide s009: features_resnet18\/s009\.h5: truncated: 8236 of 13728 bytes/],
    ['ACMIL', 's009', /^slide s009: acmil\/patch_feats_pretrain_natural_supervised\.h5: no group s009 in it$/],
    ['torchmil', 's008', /^slide s008: features\/s008\.npy: no such file$/],
    ...['CLAM h5', 'CLAM pt', 'TRIDENT', 'ACMIL', 'torchmil'].map(
      (layout) =>
        [layout, 's007', /^slide s007: \S+: NaN in row 2, column 3, and 2 more that are not finite;/] as const,
    ),
  ] as const)('%s %s', async (layout, id, message) => {
    expect(await refusal(() => readSlide(LAYOUTS[layout]!(id)))).toMatch(message);
  });

  test('a file of many slides that is cut short', async () => {
    const features = place(`${WSI}/acmil/truncated.h5`, 's001');
    expect(await refusal(() => inspectSlide({ id: 's001', features }))).toMatch(
      /^slide s001: acmil\/truncated\.h5: truncated: 10236 of 20472 bytes/,
    );
  });
});

describe('HDF5', () => {
  test.each([
    ['bfloat16', /dataset features may be bfloat16, .* save it as float32$/],
    ['bytes', /dataset features holds no plain numbers; save it as float32 or float16$/],
    ['lzf', /dataset features is compressed with lzf, expected gzip or none: .*h5repack -f GZIP=4$/],
    ['unpacks-without-end', /dataset features: refused: it unpacks to 6144000000000 bytes from 1400,/],
    ['huge-chunks', /dataset features has chunks of 536870912 bytes, expected at most 67108864; save it again$/],
    ['never-written', /dataset features: truncated or damaged: 6144000000000 bytes are announced, the file has 1400;/],
    ['virtual', /dataset features points into other files/],
    ['link-out', /found no arrays, expected features, feat or feats$/],
    ['four-axes', /features of shape \[5,4,4,2\], expected \[N, D\]/],
    ['other-names', /found embedding, expected features, feat or feats$/],
    ['fewer-coords', /coordinates of shape \[19,2\], expected \[20, 2\] as there are 20 features$/],
    ['broken-coords', /the coordinate 0\.5 in row 0, expected pixels of level 0 as whole numbers$/],
  ])('%s', async (name, message) => {
    const text = await refusal(() => read(`${HDF5}/${name}.h5`));
    expect(text).toMatch(message);
    expect(text).toMatch(new RegExp(`^slide s: hdf5/${name}\\.h5: `));
  });

  test('what is no HDF5 file', async () => {
    expect(await refusal(() => read(made('text.h5', 'hello')))).toMatch(/text\.h5: no HDF5 file;/);
    expect(await refusal(() => read(made('empty.h5', '')))).toMatch(/empty\.h5: no HDF5 file;/);
    expect(await refusal(() => read(join(folder, 'gone.h5')))).toMatch(/gone\.h5: no such file$/);
    mkdirSync(join(folder, 'folder.h5'));
    expect(await refusal(() => read(join(folder, 'folder.h5')))).toMatch(/folder\.h5: a folder, expected a file$/);
  });

  test('neither a damaged file nor a stop of the library spoils the next file', async () => {
    await refusal(() => read(`${WSI}/clam/h5_files/s009.h5`));
    const instance = await hdf5Instance();
    const trap = Object.assign(new Error('unreachable'), { name: 'RuntimeError' }); // as WebAssembly throws it
    expect(
      await refusal(() =>
        guarded({ instance, name: 'x' }, () => {
          throw trap;
        }),
      ),
    ).toBe('x: damaged (unreachable); copy or save it again');
    expect(await refusal(() => guarded({ instance, name: 'y' }, () => 1))).toMatch(
      /^y: not read to its end, since another/,
    );
    expect(await hdf5Instance()).not.toBe(instance);
    expect(await readSlide(LAYOUTS['CLAM h5']!('s001'))).toMatchObject({ n: 12 });
  });
});

describe('PyTorch', () => {
  test('code in a pickle is refused and not run', async () => {
    for (const name of ['call-zip', 'call-legacy', 'call-protocol4'])
      expect(await refusal(() => read(`${PYTORCH}/${name}.pth`))).toMatch(
        /^slide s: pytorch\/call-\w+\.pth: refused: the file names posix\.system, .*nothing was run/,
      );
  });

  test.each([
    [`${PYTORCH}/bomb.pth`, /refused: entry x\/data\.pkl is compressed/],
    [`${PYTORCH}/traversal.pth`, /invalid relative path: \.\.\/\.\.\/x\/data\.pkl/],
    [`${PYTORCH}/wrong-count.pth`, /storage \S+ has \d+ bytes, expected \d+/],
    [`${PYTORCH}/huge-count.pth`, /a size, stride or offset in it is no whole number/],
    [`${PYTORCH}/training.pth`, /: found \S+.*, expected features, feat or feats$|no tensor in it/],
    [`${WSI}/pt-variants/not-a-tensor.pt`, /neither a zip archive nor a pickle, expected what torch\.save writes/],
  ])('%s', async (path, message) => {
    expect(await refusal(() => read(path))).toMatch(message);
  });
});

describe('NumPy', () => {
  const T = 'True';
  test.each([
    ['truncated', readFileSync(`${WSI}/npy-variants/truncated.npy`), /truncated: 364 bytes of numbers, expected 384/],
    [
      'too long',
      npy(header("'<f4'", '(2, 2)'), 17),
      /: 17 bytes of numbers, expected 16 for the shape \[2,2\] of float32/,
    ],
    ['a text', 'hello, this is no array', /does not begin as NumPy's files do/],
    ['nothing', '', /does not begin as NumPy's files do/],
    ['a version', npy(header("'<f4'", '(2, 2)'), 16, 4), /version 4, expected 1 to 3/],
    ['objects', npy(header("'|O'", '(2, 2)'), 16), /numbers of type \|O, expected float16, float32 or float64/],
    ['records', npy(header("[('a', '<f4')]", '(2,)'), 16), /numbers of type object or record/],
    ['complex numbers', npy(header("'<c8'", '(2, 1)'), 16), /numbers of type <c8/],
    ['texts', npy(header("'<U4'", '(1, 1)'), 16), /numbers of type <U4/],
    ['no header', npy('oh no', 16), /its header is not as NumPy writes it/],
    ['an endless header', Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\xff{', 'latin1'), /a header of 4294967295 bytes/],
    ['a negative side', npy(header("'<f4'", '(-2, 2)'), 16), /its header is not as NumPy writes it/],
    [
      'a shape beyond all',
      npy(header("'<f4'", '(9999999999, 9999999999)'), 16),
      /a shape of \[9999999999,9999999999\]/,
    ],
    [
      'a billion rows',
      npy(header("'<f4'", '(1000000000, 1536)'), 16),
      /truncated: 16 bytes of numbers, expected 6144000000000/,
    ],
    ['three axes', npy(header("'<f4'", '(2, 2, 2)'), 32), /features of shape \[2,2,2\], expected \[N, D\]/],
    ['three axes in Fortran order', npy(header("'<f4'", '(2, 2, 2)', T), 32), /3 axes in Fortran order, expected 2/],
    ['no width', npy(header("'<f4'", '(2, 0)')), /features of shape \[2,0\], expected \[N, D\]/],
  ] as const)('.npy: %s', async (_, bytes, message) => {
    expect(await refusal(() => read(made('a.npy', bytes)))).toMatch(message);
  });

  const bomb = npy(header("'<f4'", '(25000, 1000)'), 100_000_000);
  test.each([
    ['a text', 'hello', /not a whole zip archive/],
    ['no arrays', zip({ 'readme.txt': 'x' }), /found no arrays, expected features, feat or feats$/],
    [
      'a bomb',
      zip({ 'features.npy': bomb }, { deflate: true }),
      /refused: it unpacks to 1000\d+ bytes from \d+, more than/,
    ],
    ['a name that leads out', zip({ '../features.npy': plain }), /invalid relative path: \.\.\/features\.npy/],
    ['a name that is absolute', zip({ '/features.npy': plain }), /absolute path: \/features\.npy/],
    ['a checksum', flipped(zip({ 'features.npy': plain }), 120), /does not match its checksum/],
    [
      'a damaged stream',
      flipped(zip({ 'features.npy': noise() }, { deflate: true }), 60),
      /cannot be unpacked|checksum/,
    ],
    [
      'a label a tile',
      zip({ 'features.npy': plain, 'label.npy': plain }),
      /a label of shape \[2,2\], expected one number/,
    ],
    ['a broken label', zip({ 'features.npy': plain, 'label.npy': label(-1) }), /the label -1, expected a class number/],
  ] as const)('.npz: %s', async (_, bytes, message) => {
    expect(await refusal(() => read(made('a.npz', bytes)))).toMatch(message);
  });

  function flipped(bytes: Uint8Array, at: number): Uint8Array {
    bytes[at]! ^= 0x55;
    return bytes;
  }
  function noise(): Uint8Array {
    const data = Buffer.alloc(4000, 'The quick brown fox jumps over the lazy dog, and 1000 numbers that say little.');
    return npy(header("'|u1'", '(40, 100)'), data);
  }
  function label(value: number): Uint8Array {
    return npy(header("'<f8'", '(1,)'), new Uint8Array(Float64Array.of(value).buffer));
  }
});

describe('safetensors and CSV', () => {
  const tensor = encodeSafetensors({ metadata: {}, tensors: { x: { shape: [2, 2], data: new Float32Array(4) } } });

  test.each([
    ['cut.safetensors', tensor.subarray(0, 70), /truncated/],
    ['short.safetensors', tensor.subarray(0, 5), /5 bytes, expected at least 8/],
    ['other.safetensors', tensor, /found x, expected features, feat or feats$/],
    ['words.csv', 'slide,label\ns001,0\n', /the first line is not 0,1,2,…/],
    ['empty.csv', '', /the first line is not 0,1,2,…|found nothing/],
    ['gap.csv', '0,1\n1,2\n3\n', /row 1: 1 fields, expected 2/],
    ['word.csv', '0,1\n1,two\n', /row 0: found two, expected a number/],
    ['blank.csv', '0,1\n1,\n', /row 0: found nothing, expected a number/],
    ['nan.csv', '0,1\n1,nan\n', /NaN in row 0, column 1;/],
    ['inf.csv', '0,1\n1,2\n-inf,3\n', /-Infinity in row 1, column 0;/],
    ['a.tiff', 'x', /an unknown ending, expected one of \.h5, /],
  ] as const)('%s', async (name, bytes, message) => {
    expect(await refusal(() => read(made(name, bytes)))).toMatch(message);
  });
});
