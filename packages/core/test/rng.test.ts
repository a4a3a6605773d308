import { expect, test } from 'vitest';
import { createRng, type Rng } from '../src/rng.js';

const some = (rng: Rng): number[] => Array.from({ length: 4 }, () => rng.next());

test('a stream follows from its seed and labels alone', () => {
  const order = createRng(1, 'order', 3);
  const before = some(createRng(1, 'order', 3));
  createRng(1, 'draws', 3).next();
  order.split('other').next();
  expect(some(order)).toEqual(before);
  const others = [createRng(2, 'order', 3), createRng(1, 'order', 4), createRng(1, 'draws', 3), createRng(1, 'order')];
  for (const other of others) expect(some(other)).not.toEqual(before);
});

// Whatever is drawn otherwise makes every stored run old, and no specification would tell.
test('the numbers are the same for ever', () => {
  const rng = createRng(7, 'frozen');
  expect(some(rng)).toEqual([0.280581321567297, 0.9823025988880545, 0.49008475127629936, 0.3807261395268142]);
  expect([rng.normal(), rng.normal()]).toEqual([0.4658119664668249, 0.6599064496988032]);
  expect([rng.int(1000), rng.int(1000)]).toEqual([991, 503]);
  expect(rng.shuffle([0, 1, 2, 3, 4, 5, 6, 7])).toEqual([5, 3, 2, 4, 6, 1, 0, 7]);
});
