import { rounded } from '../format.js';
import { helveticaWidth } from './text-width.js';

/** A quantitative axis as it is drawn. */
export interface Axis {
  readonly domain: readonly [number, number];
  readonly log: boolean;
  /** Its length. */
  readonly pixels: number;
}

export interface Label {
  /** 1: begins at the place, to the right of the point; -1: ends there, to its left. */
  readonly side: 1 | -1;
  readonly labelX: number;
  readonly labelY: number;
  /** 1 where it stands so far above or below that a line to its point helps. */
  readonly far: 0 | 1;
}

export interface Font {
  readonly fontSize: number;
  readonly fontWeight: number;
}

/** How many lines up and down a label is tried. */
const LINES = 6;
/** Pixels around the middle of a point that no label may cover, and between it and its own. */
const POINT = 6;
const GAP = 10;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly y: number;
}

/**
 * Gives every label the nearest place at which it covers no point and no other label: to the right or left of its point,
 * ever further up and down. Where there is none it stands to the right.
 */
export function placeLabels(
  points: readonly { readonly name: string; readonly x: number; readonly y: number }[],
  x: Axis,
  y: Axis,
  font: Font,
): Label[] {
  const height = font.fontSize + 2;
  const pixels = points.map((point) => ({ name: point.name, px: toPixel(x, point.x), py: toPixel(y, point.y) }));
  const taken: Box[] = pixels.map(({ px, py }) => ({ left: px - POINT, right: px + POINT, y: py }));
  const covered = (box: Box): boolean =>
    taken.some((other) => box.left < other.right && other.left < box.right && Math.abs(box.y - other.y) < height);
  const outside = (box: Box): boolean =>
    box.left < 0 || box.right > x.pixels || box.y < POINT || box.y > y.pixels - POINT;
  const lines = [0, ...Array.from({ length: LINES }, (_, i) => [i + 1, -(i + 1)]).flat()];
  return pixels.map(({ name, px, py }): Label => {
    const width = helveticaWidth(font, name);
    const places = lines.flatMap((line) =>
      ([1, -1] as const).map((side) => {
        const edge = px + side * GAP;
        const box = {
          left: side > 0 ? edge : edge - width,
          right: side > 0 ? edge + width : edge,
          y: py + line * height,
        };
        return { edge, side, box };
      }),
    );
    const place = places.find(({ box }) => !outside(box) && !covered(box)) ?? places[0]!;
    taken.push(place.box);
    return {
      side: place.side,
      labelX: rounded(fromPixel(x, place.edge), 7),
      labelY: rounded(fromPixel(y, place.box.y), 7),
      far: Math.abs(place.box.y - py) > 1 ? 1 : 0,
    };
  });
}

/** From the left or the lower end of the axis. */
function toPixel({ domain: [low, high], log, pixels }: Axis, value: number): number {
  const scale = log ? Math.log : (v: number): number => v;
  return ((scale(value) - scale(low)) / (scale(high) - scale(low))) * pixels;
}

function fromPixel({ domain: [low, high], log, pixels }: Axis, pixel: number): number {
  const part = pixel / pixels;
  return log ? low * (high / low) ** part : low + part * (high - low);
}
