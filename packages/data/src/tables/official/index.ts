import { bracs, bracs2 } from './bracs.js';
import { camelyon16 } from './camelyon16.js';
import { camelyon17, camelyon17Slides } from './camelyon17.js';
import type { OfficialCohort } from './types.js';

export type { OfficialCohort } from './types.js';

/** Public cohorts whose labels and splits are known by name: `--labels camelyon16 --splits camelyon16`. */
export const OFFICIAL: Readonly<Record<string, OfficialCohort>> = {
  camelyon16,
  camelyon17,
  'camelyon17-slides': camelyon17Slides,
  bracs,
  'bracs-2': bracs2,
};

/** The cohort of a name, whatever its case. */
export const officialCohort = (name: string): OfficialCohort | undefined =>
  Object.hasOwn(OFFICIAL, name.toLowerCase()) ? OFFICIAL[name.toLowerCase()] : undefined;
