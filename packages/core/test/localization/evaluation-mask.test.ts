import { describe, expect, test } from 'vitest';
import { metrics } from '../../src/index.js';

const { boxOf, components, evaluationMask, fillHoles, labelAt, regionsOf, squaredDistances } = metrics.localization;

/** A mask from a drawing: `#` is set. */
function drawn(...rows: string[]): metrics.localization.Mask {
  return {
    height: rows.length,
    width: rows[0]!.length,
    data: Uint8Array.from(rows.join(''), (c) => Number(c === '#')),
  };
}

const empty = (height: number, width: number): metrics.localization.Mask => ({
  height,
  width,
  data: new Uint8Array(height * width),
});

function rowsOf(mask: metrics.localization.Mask): string[] {
  return Array.from({ length: mask.height }, (_, y) =>
    Array.from(mask.data.subarray(y * mask.width, (y + 1) * mask.width), (v) => (v ? '#' : '.')).join(''),
  );
}

describe('exact distances', () => {
  test('by hand', () => {
    const squares = squaredDistances(drawn('....', '.#..', '....', '....'))!;
    expect([...squares]).toEqual([2, 1, 2, 5, 1, 0, 1, 4, 2, 1, 2, 5, 5, 4, 5, 8]);
    expect(squaredDistances(empty(2, 3))).toBeNull();
    expect([...squaredDistances(drawn('##', '##'))!]).toEqual([0, 0, 0, 0]);
  });

  test('equal to the nearest of all set pixels, on masks of every density', () => {
    let state = 1;
    const random = (): number => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    for (const [height, width, share] of [
      [1, 40, 0.1],
      [40, 1, 0.1],
      [23, 31, 0.003],
      [31, 23, 0.02],
      [30, 30, 0.4],
    ] as const) {
      const mask = { height, width, data: Uint8Array.from({ length: height * width }, () => Number(random() < share)) };
      mask.data[Math.floor(random() * mask.data.length)] = 1;
      const set = [...mask.data.keys()].filter((i) => mask.data[i]);
      const squares = squaredDistances(mask)!;
      for (let i = 0; i < mask.data.length; i++) {
        const [y, x] = [Math.floor(i / width), i % width];
        const nearest = Math.min(...set.map((j) => (Math.floor(j / width) - y) ** 2 + ((j % width) - x) ** 2));
        expect(squares[i]).toBe(nearest);
      }
    }
  });
});

test('holes are filled, bays that reach the border are not, and a diagonal gap is closed', () => {
  const mask = drawn('.####.', '.#..#.', '.####.', '.#..#.', '.#..#.');
  expect(rowsOf(fillHoles(mask))).toEqual(['.####.', '.####.', '.####.', '.#..#.', '.#..#.']);
  // Background is 4-connected: the hole does not leak through the corner.
  expect(rowsOf(fillHoles(drawn('.##.', '#.#.', '.##.', '....')))).toEqual(['.##.', '###.', '.##.', '....']);
});

test('components touch at corners and are numbered row by row', () => {
  const { labels, count } = components(drawn('..#..#', '.#....', '....##'));
  expect(count).toBe(3);
  expect([...labels]).toEqual([0, 0, 1, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3]);
});

test('regions: area, bounding box and major axis by hand', () => {
  const labels = [1, 0, 0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 3, 0];
  const [single, row, diagonal] = regionsOf(labels, 5, 3);
  expect(single).toEqual({ label: 1, area: 1, majorAxis: 0, bbox: [0, 0, 0, 0] });
  expect(row).toMatchObject({ area: 3, bbox: [1, 0, 1, 2] });
  expect(row!.majorAxis).toBeCloseTo(4 * Math.sqrt(2 / 3), 14);
  expect(diagonal).toMatchObject({ area: 2, bbox: [2, 2, 3, 3] });
  expect(diagonal!.majorAxis).toBeCloseTo(4 * Math.sqrt(0.5), 14); // two points √2 apart: variance ½ along the line
});

test('the box of a mask', () => {
  expect(boxOf(empty(3, 3))).toBeNull();
  expect(boxOf(drawn('....', '..#.', '....', '#...', '....'))).toEqual({ top: 1, left: 0, bottom: 4, right: 3 });
  expect(boxOf(drawn('####', '####'))).toEqual({ top: 0, left: 0, bottom: 2, right: 4 });
});

describe('evaluation mask', () => {
  test('grows by less than half the tolerance, and merges what is nearer than that', () => {
    // 75 / (2 · 12.5) = 3 pixels, strictly: a tile grows by 2, and gaps of 4 close.
    const mask = drawn('...........................', '...#....#..........#.......', '...........................');
    const found = evaluationMask(mask, { spacingUm: 12.5, includeItcs: true });
    expect(found.growBelow).toBe(3);
    expect(found.itcBelow).toBe(22);
    const middle = Array.from({ length: 27 }, (_, x) => labelAt(found, 1, x)).join('');
    expect(middle).toBe('011111111110000002222200000');
    expect(found.lesions).toHaveLength(2);
    expect(found.count).toBe(2);
  });

  test('tells isolated tumour cells by the major axis, strictly', () => {
    const bar = drawn('.'.repeat(12), `..${'#'.repeat(7)}...`, '.'.repeat(12));
    // Without growth: 7 pixels in a row have a variance of 4, so an axis of 8 pixels.
    const at = (um: number) => evaluationMask(bar, { spacingUm: 1, toleranceUm: 1, itcUm: um - 1 });
    expect(at(8).lesions).toEqual([{ label: 1, area: 7, majorAxis: 8, bbox: [1, 2, 1, 8], isItc: false }]);
    expect(at(8.01)).toMatchObject({ count: 0, lesions: [{ isItc: true }] });
    expect(evaluationMask(bar, { spacingUm: 1, toleranceUm: 1, includeItcs: true, itcUm: 99 }).count).toBe(1);
  });

  test('no tumour, tumour everywhere, tumour at every corner', () => {
    const none = evaluationMask(empty(5, 5), { spacingUm: 8 });
    expect(none).toMatchObject({ lesions: [], count: 0 });
    expect(labelAt(none, 2, 2)).toBe(0);
    const all = { height: 60, width: 60, data: new Uint8Array(3600).fill(1) };
    expect(evaluationMask(all, { spacingUm: 8 })).toMatchObject({ count: 1, lesions: [{ area: 3600 }] });
    const corners = empty(60, 60);
    for (const i of [0, 59, 59 * 60, 3599]) corners.data[i] = 1;
    const found = evaluationMask(corners, { spacingUm: 8 });
    expect(found.lesions.map(({ label }) => label)).toEqual([1, 2, 3, 4]);
    expect([labelAt(found, 0, 0), labelAt(found, 0, 59), labelAt(found, 59, 0), labelAt(found, 59, 59)]).toEqual([
      1, 2, 3, 4,
    ]);
    expect([labelAt(found, -1, 0), labelAt(found, 0, 60), labelAt(found, 60, 0)]).toEqual([0, 0, 0]);
    expect(() => evaluationMask(corners, { spacingUm: 0 })).toThrow('a size above 0');
  });

  test('is the same wherever the tumour lies, at the border too', () => {
    const shape = ['.##..', '##.##', '#...#', '#####'];
    const place = (height: number, width: number, top: number, left: number) => {
      const mask = empty(height, width);
      shape.forEach((row, y) => {
        [...row].forEach((c, x) => {
          if (c === '#') mask.data[(top + y) * width + left + x] = 1;
        });
      });
      return evaluationMask(mask, { spacingUm: 30 });
    };
    const reference = place(40, 40, 15, 15).lesions;
    expect(reference).toHaveLength(1);
    expect(place(90, 33, 60, 20).lesions.map(({ area, majorAxis }) => [area, majorAxis])).toEqual(
      reference.map(({ area, majorAxis }) => [area, majorAxis]),
    );
    // A ring that is closed by the border alone encloses no hole.
    const bay = evaluationMask(drawn('###', '#.#', '#.#', '#.#'), { spacingUm: 1000 });
    expect(bay.lesions[0]!.area).toBe(9);
  });

  test('a mask of level-5 size in a few seconds', () => {
    const mask = empty(3000, 7000);
    for (let k = 0; k < 120; k++) {
      const [cy, cx, r] = [(k * 811) % 3000, (k * 2087) % 7000, 3 + (k % 40)];
      for (let y = Math.max(0, cy - r); y < Math.min(3000, cy + r); y++) {
        mask.data.fill(1, y * 7000 + Math.max(0, cx - r), y * 7000 + Math.min(7000, cx + r));
      }
    }
    // A frame around everything: one component of a million pixels' hole, which a recursion would not survive.
    mask.data.fill(1, 5 * 7000 + 5, 5 * 7000 + 6995);
    mask.data.fill(1, 2994 * 7000 + 5, 2994 * 7000 + 6995);
    for (let y = 5; y < 2995; y++) for (const x of [5, 6994]) mask.data[y * 7000 + x] = 1;
    const begin = performance.now();
    const found = evaluationMask(mask, { spacingUm: 7.776 });
    expect(performance.now() - begin).toBeLessThan(20_000);
    expect(found.lesions.filter(({ area }) => area > 2e7)).toHaveLength(1);
  }, 60_000);
});
