import type { metrics } from '@asmil/core';
import { fillRings, type Sampling } from '../raster.js';
import { closedRing } from '../ring.js';
import type { Polygon } from '../slide-cohort.js';
import type { TumourRegion } from './region.js';

type Mask = metrics.localization.Mask;
type Size = Pick<Mask, 'height' | 'width'>;

/** Polygons with holes as a mask: a pixel is set if its centre lies in some polygon. Units as the sampling's. */
export function polygonMask(polygons: readonly Polygon[], size: Size, sampling: Sampling): Mask {
  const mask = emptyMask(size);
  for (const { rings } of polygons) fillRings(mask, rings.map(closedRing), sampling);
  return mask;
}

/** A slide's tumour region as a mask: cut-outs are taken out after all tumour has been set. */
export function regionMask(region: TumourRegion, size: Size, sampling: Sampling): Mask {
  const mask = emptyMask(size);
  for (const { points } of region.tumour) fillRings(mask, [closedRing(points)], sampling);
  for (const { points } of region.cutOuts) fillRings(mask, [closedRing(points)], sampling, 0);
  return mask;
}

const emptyMask = ({ height, width }: Size): Mask => ({ height, width, data: new Uint8Array(height * width) });
