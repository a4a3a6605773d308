import { defaultHidden, forwardMacs, resolveEngine, useEngine } from '@asmil/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildModel, executedMacs, modelNames, publishedMacs } from '../src/index.js';

const sizesOf = (n: number, input: number, classes: number) => ({ n, input, hidden: defaultHidden(input), classes });

/*
 * The published forms, as the models' specifications give them or as counted on the reference code with an operator counter.
 * Two of those (ACMIL, HDMIL) include the gate's element-wise product, N times its width, which is taken off here.
 */
test.each([
  ['abmil', sizesOf(2000, 384, 3), 164_352_384],
  ['abmil', sizesOf(2000, 512, 3), 393_984_768],
  ['acmil', sizesOf(2000, 384, 2), 166_913_536 - 2000 * 128],
  ['acmil', sizesOf(2000, 384, 3), 166_914_304 - 2000 * 128],
  ['aem', sizesOf(2000, 384, 3), 164_352_384],
  ['clam-sb', sizesOf(2000, 384, 3), 164_352_384],
  ['dsmil', sizesOf(2000, 384, 3), 103_830_912],
  ['dsmil', sizesOf(2000, 512, 3), 270_221_824],
  ['hdmil', sizesOf(2000, 384, 3), 922_643_968 - 2000 * 256],
  ['hdmil', sizesOf(2000, 1024, 2), 1_576_461_312 - 2000 * 256],
  ['dtfd-mil', sizesOf(2000, 384, 3), 164_096_000 + 256_000 + 768_000 + 264_192 + 1_920],
  ['ibmil', sizesOf(2000, 384, 3), 164_096_000 + 256_000 + 384 + 149_888],
])('published cost of %s at %o', (name, sizes, expected) => {
  expect(publishedMacs(name, sizes)).toBe(expected);
});

/* Those that are printed in millions, with their digits. */
test.each([
  ['asmil', sizesOf(2000, 384, 3), 169.99],
  ['asmil', sizesOf(2000, 512, 3), 540.64],
  ['asmil', sizesOf(2000, 1024, 2), 2146.1],
  ['camil', sizesOf(2000, 384, 3), 822.5],
  ['demil', sizesOf(2000, 384, 2), 132.4],
  ['mhim-mil', sizesOf(2000, 384, 3), 131.6],
  ['psmil', sizesOf(2000, 384, 2), 131.8],
  ['rgmil', sizesOf(2000, 384, 2), 131.8],
  ['transmil', sizesOf(2000, 384, 3), 775.7],
])('published cost of %s at %o in millions', (name, sizes, expected) => {
  const digits = (String(expected).split('.')[1] ?? '').length;
  expect((publishedMacs(name, sizes) / 1e6).toFixed(digits)).toBe(String(expected));
});

test('a model without a closed form is refused by its name', () => {
  expect(() => publishedMacs('constructor', sizesOf(1, 2, 2))).toThrow(
    /^no closed form of the cost of "constructor" is known; there is one for abmil, /,
  );
  expect(modelNames().filter((name) => !(publishedMacs(name, sizesOf(10, 384, 2)) > 0))).toEqual([]);
});

const engines = resolveEngine('auto').name === 'native' ? (['native', 'wasm'] as const) : (['wasm'] as const);

/* A square and no square, more and fewer tiles than landmarks, filter taps, pseudo-bags and neighbours; other widths. */
const SIZES = [
  [700, 384, 3],
  [257, 384, 2],
  [64, 512, 4],
  [17, 10, 3],
  [3, 384, 2],
  [1, 384, 3],
] as const;

describe.each(engines)('on %s the closed form is what the pass multiplies', (engine) => {
  beforeAll(() => useEngine(engine));

  test.each(modelNames())('%s', (name) => {
    for (const [n, input, classes] of SIZES) {
      const counted = forwardMacs(buildModel(name, {}, { input, classes }), n);
      expect({ n, input, classes, macs: counted }).toEqual({
        n,
        input,
        classes,
        macs: executedMacs(name, sizesOf(n, input, classes)),
      });
    }
  });
});
