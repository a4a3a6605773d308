import { expect, test } from 'vitest';
import { FORMATS, measure } from './peak-memory.js';

test('a slide of any format needs its own size in memory and little more', async () => {
  const { own, before, peak } = await measure(FORMATS, 40_000, 1024);
  expect(own).toBe(156.25);
  expect(peak - before).toBeLessThan(own + 64);
}, 180_000);
