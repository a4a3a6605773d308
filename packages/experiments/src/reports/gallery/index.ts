import type { Chart } from '../charts/theme.js';
import { dynamicsCharts } from './dynamics.js';
import { embeddingCharts } from './embedding.js';
import { failureCharts } from './failures.js';
import { mapsCharts } from './maps.js';
import { scoreCharts } from './scores.js';
import type { Gallery, GalleryKind } from './types.js';

export { embeddingsOf, slidesOf } from './read.js';
export type { Gallery, GalleryKind, Portrayed } from './types.js';

const DRAWN: Readonly<Record<GalleryKind, (gallery: Gallery) => Chart[]>> = {
  dynamics: dynamicsCharts,
  maps: mapsCharts,
  scores: scoreCharts,
  embedding: embeddingCharts,
  failures: failureCharts,
};

/** The pictures that an experiment asks for, in its order. */
export function galleryCharts(kinds: readonly GalleryKind[], gallery: Gallery): Chart[] {
  return kinds.flatMap((kind) => DRAWN[kind](gallery));
}
