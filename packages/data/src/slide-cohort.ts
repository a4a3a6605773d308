import type { Cohort } from '@asmil/core';

/** An area on a slide, in the units of the bags' `coords` (tiles): tile (x, y) covers [x, x+1] × [y, y+1], y downwards. */
export interface Polygon {
  /**
   * The first ring is the outer boundary, further rings are holes. A ring lists its corners once: the first point is not
   * repeated at the end.
   */
  readonly rings: readonly (readonly [number, number][])[];
}

/** A cohort of slides on which the lesions are outlined. */
export interface SlideCohort extends Cohort {
  /** The lesions of one slide, one polygon each; empty where there is none. Throws `UserError` for an unknown id. */
  outlines(id: string): Promise<Polygon[]>;
  /**
   * What localisation is measured against: the outlines, the default, or the labelled tiles where outlines hold more than
   * the bag does.
   */
  readonly truth?: 'outlines' | 'tiles';
}

/** Whether a cohort has outlines. */
export function isSlideCohort(cohort: Cohort): cohort is SlideCohort {
  return typeof (cohort as Partial<SlideCohort>).outlines === 'function';
}
