import type { PlacesResults } from '../../types.js';
import { type PackedResults, packResults, unpackResults } from '../results-file.js';

/** `results.json` of a report on several places: the packed results of each, in order. */
export type PackedPlaces = Omit<PlacesResults, 'places'> & { readonly places: readonly PackedResults[] };

export function packPlaces(results: PlacesResults): PackedPlaces {
  return { ...results, places: results.places.map(packResults) };
}

/** The inverse of `packPlaces`. Throws for a file of another kind or format. */
export function unpackPlaces(file: unknown): PlacesResults {
  const packed = file as PackedPlaces | null;
  if (packed?.format !== 2 || packed.kind !== 'places' || !Array.isArray(packed.places)) {
    throw new Error('results.json is not of a report on several places; write the report again');
  }
  return { ...packed, places: packed.places.map(unpackResults) };
}
