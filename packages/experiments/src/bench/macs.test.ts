import { describe, expect, it } from 'vitest';
import { abmilMacs, asmilPaperMacs, asmilReleaseMacs, gflops, stepMacs, trainingMacs } from './macs.js';

describe('multiply-accumulates', () => {
  const sizes = { n: 2000, input: 384, hidden: 128, classes: 3 };

  it('are those of the closed forms', () => {
    expect(abmilMacs(sizes).forward).toBe(164_352_384);
    expect(asmilPaperMacs(sizes).forward / 1e6).toBeCloseTo(169.99, 2);
    expect(asmilPaperMacs(sizes).anchor / 1e6).toBeCloseTo(35.1, 1);
    expect(asmilPaperMacs({ ...sizes, input: 512, hidden: 256 }).forward / 1e6).toBeCloseTo(540.64, 2);
    expect(asmilPaperMacs({ n: 2000, input: 1024, hidden: 512, classes: 2 }).forward / 1e6).toBeCloseTo(2146.1, 1);
    expect(asmilReleaseMacs(sizes).forward / 1e6).toBeCloseTo(627.25, 2);
    expect(asmilReleaseMacs(sizes, 1).forward / 1e6).toBeCloseTo(164.45, 2);
  });

  it('of a step are three forward passes less the gradient of the features, and the anchor', () => {
    expect(trainingMacs({ forward: 100, anchor: 7, reduction: 40 })).toBe(267);
    expect(stepMacs('abmil', sizes)).toBe(3 * 164_352_384 - 2000 * 384 * 128);
    expect(stepMacs('a model without a closed form', sizes)).toBeNull();
  });

  it('make a rate of two operations each', () => {
    expect(gflops(500_000_000, 10)).toBe(100);
  });
});
