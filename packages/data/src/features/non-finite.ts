import { UserError } from '@asmil/core';
import type { NonFinitePolicy, SlideFeatures } from './slide.js';

/** How to mend it. */
export const AGAINST_NON_FINITE = 'extract its features again, or train with --non-finite drop or zero';

/** How many numbers are NaN or infinite, and the place of the first. */
export interface NonFinite {
  readonly count: number;
  readonly first?: number;
}

export function countNonFinite(values: Float32Array): NonFinite {
  let count = 0;
  let first: number | undefined;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) continue;
    first ??= i;
    count++;
  }
  return { count, first };
}

/** `NaN in row 2, column 3, and 2 more numbers that are not finite`. */
export function nonFiniteText({ count, first }: NonFinite, value: number, dim: number): string {
  const more = count > 1 ? `, and ${count - 1} more that ${count > 2 ? 'are' : 'is'} not finite` : '';
  return `${value} in row ${Math.floor(first! / dim)}, column ${first! % dim}${more}`;
}

/** A slide without numbers that are not finite. Changes its arrays in place. */
export function applyPolicy(slide: SlideFeatures, policy: NonFinitePolicy, name: string): SlideFeatures {
  const { features, dim } = slide;
  const found = countNonFinite(features);
  if (found.count === 0) return slide;
  const what = nonFiniteText(found, features[found.first!]!, dim);
  if (policy === 'error') throw new UserError(`${name}: ${what}; ${AGAINST_NON_FINITE}`);
  if (policy === 'zero') {
    for (let i = 0; i < features.length; i++) if (!Number.isFinite(features[i]!)) features[i] = 0;
    return { ...slide, warnings: [...slide.warnings, `${name}: ${what}: set to 0`] };
  }
  return dropTiles(slide, `${name}: ${what}`);
}

function dropTiles(slide: SlideFeatures, what: string): SlideFeatures {
  const { features, positions, tileLabels, n, dim } = slide;
  let kept = 0;
  for (let row = 0; row < n; row++) {
    if (!features.subarray(row * dim, (row + 1) * dim).every(Number.isFinite)) continue;
    features.copyWithin(kept * dim, row * dim, (row + 1) * dim);
    positions?.copyWithin(2 * kept, 2 * row, 2 * row + 2);
    if (tileLabels) tileLabels[kept] = tileLabels[row]!;
    kept++;
  }
  return {
    ...slide,
    n: kept,
    features: features.subarray(0, kept * dim),
    positions: positions?.subarray(0, 2 * kept),
    tileLabels: tileLabels?.subarray(0, kept),
    warnings: [...slide.warnings, `${what}: ${n - kept} of ${n} tiles left out`],
  };
}
