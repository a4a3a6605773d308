import type { Fact } from '../fact.js';
import type { Summary } from '../summary.js';
import { truthsOf } from './epochs.js';

/** How lesions are measured, for the list of facts. */
export function localizationFacts(summary: Summary): Fact[] {
  const [truth] = truthsOf(summary);
  if (!truth) return [];
  const tile = `${Math.round(truth.tileUm)} µm${truth.tileUmKnown ? '' : ' (assumed: the cohort names no size)'}`;
  const lesions =
    truth.measuredOn === 'outlines'
      ? 'outlined areas'
      : 'tiles that are labelled, since the bags leave out or mislabel part of what is outlined';
  return [
    {
      name: 'Tile scores',
      value:
        'attention (mean over tokens; of DSMIL the row of the class sought), rescaled to 0 to 1 within each slide; a tile is marked from 0.5, and above 0.5 it is a false positive of specificity',
    },
    {
      name: 'Lesions',
      value: `${lesions}, on a raster of ${truth.pixelUm.toPrecision(3)} µm a pixel (${truth.pixelsPerTile} along a tile of ${tile}); grown by 37.5 µm, holes filled, connected over corners; shorter than 275 µm: isolated tumour cells`,
    },
    {
      name: 'FROC',
      value:
        'points at peaks of the map (tiles above 0.5, none within one tile of a higher one); a lesion counts by its best hit, everything off lesions is a false positive; mean sensitivity at 1/4, 1/2, 1, 2, 4 and 8 false positives a slide over all slides, interpolated',
    },
  ];
}
