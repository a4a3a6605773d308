import { expect, it } from 'vitest';
import { type Axis, placeLabels } from './place-labels.js';
import { helveticaWidth } from './text-width.js';

const FONT = { fontSize: 10, fontWeight: 400 };
const x: Axis = { domain: [0, 10], log: false, pixels: 500 };
const y: Axis = { domain: [0.01, 1], log: true, pixels: 200 };
const widthOf = (name: string): number => helveticaWidth(FONT, name);

it('puts a lone label beside its point, and to the left where the right has no room', () => {
  const [right, left] = placeLabels(
    [
      { name: 'one', x: 2, y: 0.1 },
      { name: 'other', x: 9.9, y: 0.1 },
    ],
    x,
    y,
    FONT,
  );
  expect(right).toEqual({ side: 1, labelX: 2.2, labelY: 0.1, far: 0 }); // 10 of 500 pixels
  expect(left).toEqual({ side: -1, labelX: 9.7, labelY: 0.1, far: 0 });
});

it('keeps twelve labels of points that lie close apart from each other and from the points', () => {
  const points = Array.from({ length: 12 }, (_, i) => ({
    name: `model number ${i}`,
    x: 5 + (i % 4) * 0.3,
    y: 0.1 * 1.15 ** Math.floor(i / 4),
  }));
  const pixelY = (value: number): number => (Math.log(value / 0.01) / Math.log(100)) * 200;
  const boxes = placeLabels(points, x, y, FONT).map(({ side, labelX, labelY }, i) => {
    const edge = labelX * 50;
    const width = widthOf(points[i]!.name);
    return { left: side > 0 ? edge : edge - width, right: side > 0 ? edge + width : edge, y: pixelY(labelY) };
  });
  const apart = (a: (typeof boxes)[number], b: (typeof boxes)[number]): boolean =>
    a.right <= b.left + 0.01 || b.right <= a.left + 0.01 || Math.abs(a.y - b.y) >= 11.9;
  for (const [i, box] of boxes.entries()) {
    for (const other of boxes.slice(i + 1)) expect(apart(box, other)).toBe(true);
    for (const point of points) {
      const mark = { left: point.x * 50 - 6, right: point.x * 50 + 6, y: pixelY(point.y) };
      expect(apart(box, mark)).toBe(true);
    }
    expect(box.left).toBeGreaterThanOrEqual(0);
    expect(box.right).toBeLessThanOrEqual(500);
  }
});
