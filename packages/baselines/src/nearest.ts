/** The places of the k nearest points of each point, nearest first, at equal distance the lower index first; a point counts among its own. */
export interface Nearest {
  /** min(k, N). */
  readonly count: number;
  /** Row-major [N, count]. */
  readonly index: Int32Array;
}

/** Points in a leaf of the tree. */
const LEAF = 8;

/**
 * k nearest neighbours in the plane by squared distance (exact for whole coordinates), with a k-d tree over the distinct
 * places: O(N log N), whatever the layout. coords: row-major [N, 2].
 */
export function nearest(coords: ArrayLike<number>, k: number): Nearest {
  const n = coords.length / 2;
  const count = Math.min(k, n);
  const { x, y, members, placeOf } = places(coords, count);
  const order = Int32Array.from(x, (_, i) => i);
  build(order, 0, order.length, [x, y], 0);
  const found = new Found(count);
  const ofPlace = new Map<number, Int32Array>();
  const index = new Int32Array(n * count);
  for (let i = 0; i < n; i++) {
    const place = placeOf[i]!;
    let row = ofPlace.get(place);
    if (!row) {
      found.clear();
      search(order, 0, order.length, [x, y], 0, x[place]!, y[place]!, members, found);
      row = found.indices();
      ofPlace.set(place, row);
    }
    index.set(row, i * count);
  }
  return { count, index };
}

/** Distinct places, and the first `most` points at each; a later one is nobody's neighbour. */
function places(coords: ArrayLike<number>, most: number) {
  const known = new Map<string, number>();
  const [x, y]: [number[], number[]] = [[], []];
  const members: number[][] = [];
  const placeOf = Int32Array.from({ length: coords.length / 2 }, (_, i) => {
    const [px, py] = [coords[2 * i]!, coords[2 * i + 1]!];
    const key = `${px},${py}`;
    let place = known.get(key);
    if (place === undefined) {
      place = x.length;
      known.set(key, place);
      x.push(px);
      y.push(py);
      members.push([]);
    }
    const own = members[place]!;
    if (own.length < most) own.push(i);
    return place;
  });
  return { x: Float64Array.from(x), y: Float64Array.from(y), members, placeOf };
}

type Axes = readonly [Float64Array, Float64Array];

/** Puts the median of each range in its middle, by x and y in turn. */
function build(order: Int32Array, from: number, to: number, axes: Axes, depth: number): void {
  if (to - from <= LEAF) return;
  const middle = (from + to) >> 1;
  select(order, from, to - 1, middle, axes[depth & 1]!);
  build(order, from, middle, axes, depth + 1);
  build(order, middle + 1, to, axes, depth + 1);
}

/** Hoare's selection: afterwards the element at `at` is in its sorted place between smaller and larger ones. */
function select(order: Int32Array, low: number, high: number, at: number, by: Float64Array): void {
  let [left, right] = [low, high];
  while (left < right) {
    const pivot = by[order[(left + right) >> 1]!]!;
    let [i, j] = [left, right];
    while (i <= j) {
      while (by[order[i]!]! < pivot) i++;
      while (by[order[j]!]! > pivot) j--;
      if (i > j) break;
      [order[i], order[j]] = [order[j]!, order[i]!];
      i++;
      j--;
    }
    if (at <= j) right = j;
    else if (at >= i) left = i;
    else return;
  }
}

function search(
  order: Int32Array,
  from: number,
  to: number,
  axes: Axes,
  depth: number,
  px: number,
  py: number,
  members: readonly (readonly number[])[],
  found: Found,
): void {
  const visit = (place: number): void => {
    const [dx, dy] = [axes[0][place]! - px, axes[1][place]! - py];
    const distance = dx * dx + dy * dy;
    if (distance > found.worst) return;
    for (const i of members[place]!) found.add(distance, i);
  };
  if (to - from <= LEAF) {
    for (let i = from; i < to; i++) visit(order[i]!);
    return;
  }
  const middle = (from + to) >> 1;
  const gap = (depth & 1 ? py : px) - axes[depth & 1]![order[middle]!]!;
  const below = (): void => search(order, from, middle, axes, depth + 1, px, py, members, found);
  const above = (): void => search(order, middle + 1, to, axes, depth + 1, px, py, members, found);
  if (gap < 0) below();
  else above();
  visit(order[middle]!);
  // At the very distance of the worst one a lower index may still come.
  if (gap * gap > found.worst) return;
  if (gap < 0) above();
  else below();
}

/** The nearest so far, in order. */
class Found {
  private readonly distance: Float64Array;
  private readonly index: Int32Array;
  private size = 0;

  constructor(private readonly most: number) {
    this.distance = new Float64Array(most);
    this.index = new Int32Array(most);
  }

  /** Distance of the last one, once there are enough. */
  get worst(): number {
    return this.size < this.most ? Number.POSITIVE_INFINITY : this.distance[this.most - 1]!;
  }

  clear(): void {
    this.size = 0;
  }

  add(distance: number, index: number): void {
    const { most, distance: d, index: at } = this;
    const last = this.size - 1;
    if (this.size === most && (distance > d[last]! || (distance === d[last]! && index > at[last]!))) return;
    let i = Math.min(this.size, most - 1);
    while (i > 0 && (d[i - 1]! > distance || (d[i - 1]! === distance && at[i - 1]! > index))) {
      d[i] = d[i - 1]!;
      at[i] = at[i - 1]!;
      i--;
    }
    d[i] = distance;
    at[i] = index;
    if (this.size < most) this.size++;
  }

  indices(): Int32Array {
    return this.index.slice(0, this.size);
  }
}
