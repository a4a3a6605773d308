import { inlineRows } from '../charts/inline-rows.js';
import { rounded } from '../format.js';
import { gridOf, outlineOf, type TileGrid } from './grid.js';
import type { Slide } from './types.js';

/** Colour of lesion outlines: told from both ends of the colour scale, in grey too. */
const OUTLINE = '#e0007f';

/** Weight × N on a scale that is alike for maps of every size: 1 is a flat map's. */
export function relativeWeights(map: Float32Array): number[] {
  return Array.from(map, (weight) => rounded(weight * map.length, 3));
}

export interface MapPanel {
  readonly title: string;
  readonly width: number;
  readonly slide: Slide;
  readonly map: Float32Array;
  /** Largest value of the colour scale, shared by maps that are compared. */
  readonly top: number;
}

/** One map on the slide's tile grid with the outline of the labelled tiles. Null for a bag without places. */
export function mapPanel({ title, width, slide, map, top }: MapPanel) {
  const grid = gridOf(slide);
  if (!grid) return null;
  const weights = relativeWeights(map);
  return {
    title: { text: title, fontSize: 12, fontWeight: 600, anchor: 'start', offset: 4 },
    width,
    height: heightOf(grid, width),
    layer: tileLayers(grid, width, slide, {
      data: inlineRows(grid.x.map((x, i) => ({ x, y: grid.y[i]!, weight: weights[i]! }))),
      top,
    }),
  };
}

export const heightOf = (grid: TileGrid, width: number): number =>
  Math.max(20, Math.round((width * grid.rows) / grid.columns));

/** Axes without marks whose unit is a tile. */
export function tileScale(grid: TileGrid) {
  const axis = (field: string, extent: number, reverse: boolean) => ({
    field,
    type: 'quantitative' as const,
    axis: null,
    scale: { domain: [-0.7, extent - 0.3], nice: false, zero: false, reverse },
  });
  return { x: axis('x', grid.columns, false), y: axis('y', grid.rows, true) };
}

interface Tiles {
  /** Rows of x, y and weight. */
  readonly data: object;
  readonly top: number;
  readonly transform?: readonly object[];
}

/** Layers of a map: its tiles by weight × N on a logarithmic scale around 1, and outlines. */
export function tileLayers(grid: TileGrid, width: number, slide: Slide, { data, top, transform }: Tiles) {
  const side = Math.max(1, width / (grid.columns + 0.4));
  const { x, y } = tileScale(grid);
  const edges = outlineOf(grid, slide.instances);
  return [
    {
      data,
      ...(transform ? { transform } : {}),
      mark: { type: 'square', size: side * side, opacity: 1, clip: true, aria: false },
      encoding: {
        x,
        y,
        color: {
          field: 'weight',
          type: 'quantitative',
          scale: { type: 'symlog', constant: 0.1, domain: [0, top], scheme: 'viridis', clamp: true },
          legend: {
            ...{ title: 'weight × N (1: flat)', orient: 'bottom', gradientLength: 200, format: '~r' },
            values: legendValues(top),
          },
        },
        tooltip: [{ field: 'weight', title: 'weight × N', format: '.3g' }],
      },
    },
    ...(edges.length > 0
      ? [
          {
            data: inlineRows(edges.map((edge) => ({ ...edge }))),
            mark: { type: 'rule', color: OUTLINE, strokeWidth: 1.6, aria: false },
            encoding: { x, y, x2: { field: 'x2' }, y2: { field: 'y2' } },
          },
        ]
      : []),
  ];
}

/** Numbers beside the colour scale: few enough that they never touch, and 1 always among them. */
export function legendValues(top: number): number[] {
  return [0, 0.3, 1, ...(top < 10 ? [3] : [10, 100, 1000, 10_000].filter((value) => value <= top))].filter(
    (value) => value <= top,
  );
}

/** The largest weight × N of several maps, at least 2: the top of their common scale. */
export function topOf(maps: readonly Float32Array[]): number {
  const most = maps.map((map) => map.reduce((top, weight) => Math.max(top, weight * map.length), 0));
  return Math.max(2, ...most);
}
