import type { HeatSlide } from './heat.js';
import { colourOf } from './overlay.js';

/**
 * The tiles as GeoJSON that QuPath reads (File, Import objects): a square each, of type `tile`, in level-0 pixels, with
 * attention, weight × N and the drawn value as measurements, and its colour. `heat`: [N], 0 to 1.
 */
export function heatGeojson({ places, side, attention }: HeatSlide, heat: ArrayLike<number>): string {
  const features = Array.from({ length: attention.length }, (_, i) => {
    const [x, y] = [places[2 * i]!, places[2 * i + 1]!];
    const ring = [
      [x, y],
      [x + side, y],
      [x + side, y + side],
      [x, y + side],
      [x, y],
    ];
    return JSON.stringify({
      type: 'Feature',
      geometry: { type: 'Polygon', coordinates: [ring] },
      properties: {
        objectType: 'tile',
        color: rgb(colourOf(heat[i]!)),
        measurements: {
          attention: attention[i]!,
          'attention x N': attention[i]! * attention.length,
          heat: heat[i]!,
        },
      },
    });
  });
  return `{"type":"FeatureCollection","features":[\n${features.join(',\n')}\n]}\n`;
}

/** `rgb(1, 2, 3)` → [1, 2, 3]. */
const rgb = (text: string): number[] => [...text.matchAll(/\d+/g)].map(([digits]) => Number(digits));
