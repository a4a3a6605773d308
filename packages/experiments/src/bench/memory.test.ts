import { expect, it } from 'vitest';
import { peakReader, peakRssMb } from './memory.js';

/** A status whose peak is each of `values`, KiB, in turn. */
const turns = (values: readonly number[]): (() => string) => {
  const left = [...values];
  return () => `Name:\tnode\nVmHWM:\t  ${left.shift()} kB\nVmRSS:\t    12 kB\n`;
};

it('the peak of memory never falls, though the one that Linux tells does', () => {
  const peak = peakReader(turns([204_800, 204_572, 307_200, 306_000]));
  expect([peak(), peak(), peak(), peak()]).toEqual([200, 200, 300, 300]);
});

it('the peak of memory is that of the process where there is no such figure', () => {
  const own = process.resourceUsage().maxRSS / 1024;
  expect(peakReader(() => 'Name:\tnode\n')()).toBeGreaterThan(0.9 * own);
  const none = peakReader(() => {
    throw new Error('ENOENT');
  });
  expect(none()).toBeGreaterThan(0.9 * own);
});

it('the peak of memory holds what was held for a moment', () => {
  const before = peakRssMb();
  const bytes = Buffer.alloc(400 * 2 ** 20, 1);
  // The process may have held more before than it held just now, so not all of it need be on top.
  expect(peakRssMb() - before).toBeGreaterThan(200);
  expect(bytes.length).toBe(400 * 2 ** 20);
});
