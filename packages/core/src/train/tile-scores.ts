import { argmax } from '../metrics/classification.js';
import { type AttentionMap, rowOf } from '../metrics/dynamics.js';
import { meanRows } from '../metrics/localization/tile-scores.js';
import type { Vector } from '../metrics/simplex.js';
import type { Model } from '../model.js';

/**
 * One number a tile from a map [M, N]: the mean of its rows, or, where they are classes, the row of the class that is looked
 * for. `logits` [C] are the bag's.
 */
export function attentionOfTiles(map: AttentionMap, logits: Vector, model: Pick<Model, 'mapRows' | 'dims'>): Vector {
  if (map.rows === 1) return rowOf(map, 0);
  if (model.mapRows === 'classes' && map.rows === model.dims.classes) return rowOf(map, soughtClass(logits));
  return meanRows(map.values, map.rows, map.n);
}

/** The class whose tiles are looked for: of two the second, which the lesions carry, and of more the predicted one. */
export function soughtClass(logits: Vector): number {
  return logits.length <= 2 ? logits.length - 1 : argmax(logits);
}
