import { describe, expect, it } from 'vitest';
import { deviate, hashPoint, power, valueNoise } from './noise.js';

/** Mean, variance and lag-one products of smooth noise sampled over many places. */
function moments(step: number): { mean: number; variance: number; correlation: number } {
  let [sum, square, product] = [0, 0, 0];
  const n = 40_000;
  for (let i = 0; i < n; i++) {
    const x = (i % 200) * 1.37;
    const y = Math.floor(i / 200) * 1.61;
    const a = valueNoise(7, x, y);
    sum += a;
    square += a * a;
    product += a * valueNoise(7, x + step, y);
  }
  return { mean: sum / n, variance: square / n, correlation: product / square };
}

describe('noise', () => {
  it('draws deviates with mean 0 and variance 1', () => {
    let [sum, square] = [0, 0];
    for (let i = 0; i < 100_000; i++) {
      const g = deviate(hashPoint(11, i % 317, Math.floor(i / 317)));
      sum += g;
      square += g * g;
    }
    expect(Math.abs(sum / 100_000)).toBeLessThan(0.015);
    expect(square / 100_000).toBeCloseTo(1, 1);
  });

  it('is smooth near by and independent far away, with variance 1', () => {
    const near = moments(0.2);
    expect(Math.abs(near.mean)).toBeLessThan(0.05);
    expect(near.variance).toBeGreaterThan(0.9);
    expect(near.variance).toBeLessThan(1.1);
    expect(near.correlation).toBeGreaterThan(0.85);
    expect(Math.abs(moments(3).correlation)).toBeLessThan(0.05);
  });

  it.each([
    [1.8221188, 1],
    [1.8221188, -2.345],
    [12 / 2, 0.73],
    [2, 10],
    [40, 0],
  ])('power(%f, %f) agrees with the platform', (base, exponent) => {
    expect(power(base, exponent) / base ** exponent).toBeCloseTo(1, 7);
  });
});
