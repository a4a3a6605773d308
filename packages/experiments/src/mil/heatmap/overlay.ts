import { scheme } from 'vega';
import { escapeHtml } from '../../reports/escape.js';
import { extentOf, type HeatSlide } from './heat.js';

/** A picture of the whole slide, to draw on. */
export interface Thumbnail {
  readonly mime: 'image/png' | 'image/jpeg';
  readonly bytes: Uint8Array;
  /** Size of the whole slide, in the unit of the places. */
  readonly width: number;
  readonly height: number;
}

/** Longest side of the picture, pixels. */
const LONGEST = 2000;
/** No tile is drawn smaller. */
const LEAST = 1;

const viridis = scheme('viridis') as unknown as (t: number) => string;
/** Colour of a value from 0 to 1: viridis, whose lightness grows evenly, so that it reads in grey too. */
export const colourOf = (value: number): string => viridis(Math.max(0, Math.min(1, value)));

/**
 * The map as SVG: a square a tile, on the thumbnail if there is one (then the whole slide is shown and the squares are
 * half transparent), else on white and cut to the tiles. `heat`: [N], 0 to 1.
 */
export function overlaySvg(slide: HeatSlide, heat: ArrayLike<number>, thumbnail?: Thumbnail): string {
  const area = thumbnail ? { left: 0, top: 0, width: thumbnail.width, height: thumbnail.height } : extentOf(slide);
  const scale = LONGEST / Math.max(area.width, area.height);
  const [width, height] = [area.width, area.height].map((size) => Math.max(1, Math.round(size * scale)));
  // Both edges on whole pixels: neighbours meet, without a gap or an overlap that would show through.
  const along = (from: number): string[] => {
    const start = Math.round(from * scale);
    return [start, Math.max(LEAST, Math.round((from + slide.side) * scale) - start)].map(String);
  };
  const tiles = Array.from({ length: slide.attention.length }, (_, i) => {
    const [x, width] = along(slide.places[2 * i]! - area.left);
    const [y, height] = along(slide.places[2 * i + 1]! - area.top);
    return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${colourOf(heat[i]!)}"/>`;
  });
  const picture = thumbnail
    ? `<image width="${width}" height="${height}" preserveAspectRatio="none" href="data:${thumbnail.mime};base64,${Buffer.from(thumbnail.bytes).toString('base64')}"/>`
    : `<rect width="${width}" height="${height}" fill="#ffffff"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>${escapeHtml(`Attention: ${slide.id}`)}</title>
${picture}
<g shape-rendering="crispEdges" opacity="${thumbnail ? 0.5 : 1}">
${tiles.join('\n')}
</g>
</svg>
`;
}
