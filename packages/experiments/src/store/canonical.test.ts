import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical.js';

describe('canonicalJson', () => {
  it('sorts keys at every depth, keeps the order of lists and drops undefined', () => {
    expect(canonicalJson({ b: [2, { d: 1, c: null }], a: undefined, A: 'x"y' })).toBe(
      '{"A":"x\\"y","b":[2,{"c":null,"d":1}]}',
    );
  });

  it('refuses numbers that JSON would turn into null', () => {
    expect(() => canonicalJson({ lr: Number.NaN })).toThrow('NaN');
    expect(() => canonicalJson([Number.POSITIVE_INFINITY])).toThrow('Infinity');
    expect(() => canonicalJson({ f: () => 1 })).toThrow('function');
  });
});
