import { nearestNeighbours } from './neighbours.js';
import { ringShape, type Shape } from './shape.js';
import type { Ring } from './wkb.js';

/** One value a nucleus, in the order of the file; pixels and radians. Field names as in the feature names. */
export interface Nuclei {
  readonly count: number;
  readonly cx: Float64Array;
  readonly cy: Float64Array;
  readonly A: Float64Array;
  readonly P: Float64Array;
  readonly maj: Float64Array;
  readonly mnr: Float64Array;
  readonly ecc: Float64Array;
  readonly circ: Float64Array;
  readonly sol: Float64Array;
  readonly d1: Float64Array;
  readonly d3: Float64Array;
  readonly theta: Float64Array;
  /** Index of the nearest other nucleus of the slide, −1 for a lone one. */
  readonly nearest: Int32Array;
}

/** Names of the measures with their place in `Shape`. */
const SHAPE_FIELDS = {
  cx: 'cx',
  cy: 'cy',
  A: 'area',
  P: 'perimeter',
  maj: 'major',
  mnr: 'minor',
  ecc: 'eccentricity',
  circ: 'circularity',
  sol: 'solidity',
  theta: 'theta',
} as const satisfies Record<string, keyof Shape>;
type ShapeField = keyof typeof SHAPE_FIELDS;

/** Measures `count` outlines; `outline(i)` gives the outer ring of nucleus i (holes play no part). */
export function measureNuclei(count: number, outline: (i: number) => Ring): Nuclei {
  const fields = Object.keys(SHAPE_FIELDS) as ShapeField[];
  const columns = Object.fromEntries(fields.map((f) => [f, new Float64Array(count)])) as Record<
    ShapeField,
    Float64Array
  >;
  for (let i = 0; i < count; i++) {
    const shape = ringShape(outline(i));
    for (const f of fields) columns[f][i] = shape[SHAPE_FIELDS[f]];
  }
  return { count, ...columns, ...nearestNeighbours(columns.cx, columns.cy) };
}
