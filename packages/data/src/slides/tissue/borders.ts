import type { Grey } from '../image.js';

/** x and y of pixel centres in turn: x0, y0, x1, y1, … A thin part is passed, and listed, twice. */
export type Border = Int32Array;

/** An 8-connected component of ones: its outer border, and the pixels of it around each hole (4-connected zeros in it). */
export interface Component {
  readonly outer: Border;
  readonly holes: readonly Border[];
}

/** Neighbours of a pixel in clockwise order (y downwards), from the right one on. */
const DX = [1, 1, 0, -1, -1, -1, 0, 1] as const;
const DY = [0, 1, 1, 1, 0, -1, -1, -1] as const;
const RIGHT = 0;
const LEFT = 4;

/**
 * The borders of all components of a mask of zeros and ones, in the order in which a scan by rows meets the components.
 * Source: Suzuki and Abe 1985, border following (algorithm 1), with the component in the place of the parent border.
 */
export function borders({ width, height, data }: Grey): Component[] {
  const stride = width + 2; // one zero all around
  const marks = new Int32Array(stride * (height + 2));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) marks[(y + 1) * stride + x + 1] = data[y * width + x]! ? 1 : 0;
  const owner = new Int32Array(marks.length);
  const components: { outer: Border; holes: Border[] }[] = [];
  const follow = follower(marks, stride);
  for (let at = stride; at < marks.length - stride; at++) {
    const value = marks[at]!;
    if (value === 0) continue;
    if (value === 1 && marks[at - 1] === 0) {
      const outer = follow(at, LEFT);
      components.push({ outer, holes: [] });
      claim(owner, marks, stride, at, components.length);
    } else if (value >= 1 && marks[at + 1] === 0) {
      components[owner[at]! - 1]!.holes.push(follow(at, RIGHT));
    }
  }
  return components;
}

/** Gives every pixel of the component around `start` its number. */
function claim(owner: Int32Array, marks: Int32Array, stride: number, start: number, number: number): void {
  const stack = [start];
  owner[start] = number;
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (let k = 0; k < 8; k++) {
      const next = at + DY[k]! * stride + DX[k]!;
      if (marks[next] === 0 || owner[next] !== 0) continue;
      owner[next] = number;
      stack.push(next);
    }
  }
}

/** A function that follows the border on which pixel `p` lies, seen from its zero in direction `from`, and marks it. */
function follower(marks: Int32Array, stride: number): (p: number, from: number) => Border {
  const step = DX.map((dx, k) => DY[k]! * stride + dx);
  let mark = 1;
  return (p, from) => {
    mark++;
    const points: number[] = [];
    const add = (at: number): void => {
      points.push((at % stride) - 1, Math.floor(at / stride) - 1);
    };
    let first = -1;
    for (let k = 0; k < 8 && first < 0; k++) if (marks[p + step[(from + k) % 8]!] !== 0) first = (from + k) % 8;
    if (first < 0) {
      marks[p] = -mark;
      add(p);
      return Int32Array.from(points);
    }
    const last = p + step[first]!;
    let here = p;
    let back = first; // direction of the pixel that was left
    for (;;) {
      let rightIsZero = false;
      let ahead = (back + 7) % 8;
      while (marks[here + step[ahead]!] === 0) {
        if (ahead === RIGHT) rightIsZero = true;
        ahead = (ahead + 7) % 8;
      }
      if (rightIsZero) marks[here] = -mark;
      else if (marks[here] === 1) marks[here] = mark;
      add(here);
      const next = here + step[ahead]!;
      if (next === p && here === last) return Int32Array.from(points);
      back = (ahead + 4) % 8;
      here = next;
    }
  };
}

/** Area of the polygon through a border's pixels; 0 for a pixel or a line. */
export function borderArea(points: Border): number {
  let twice = 0;
  for (let i = 0, j = points.length - 2; i < points.length; j = i, i += 2)
    twice += points[j]! * points[i + 1]! - points[i]! * points[j + 1]!;
  return Math.abs(twice) / 2;
}
