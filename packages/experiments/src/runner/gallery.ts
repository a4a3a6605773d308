import { embeddingsOf, type Gallery, type Portrayed, slidesOf } from '../reports/gallery/index.js';
import { cohortTitle } from '../reports/wording.js';
import type { RunStore } from '../store/store.js';
import type { Results } from '../types.js';
import type { Deps } from './deps.js';

/**
 * What the pictures of one place are drawn from: of each setting the run of the first split and seed, where it kept
 * attention maps. Undefined if none did.
 */
export async function galleryOf(
  results: Results,
  store: Pick<RunStore, 'read' | 'readBags'>,
  deps: Pick<Deps, 'loadArrays'>,
): Promise<Gallery | undefined> {
  const runs: Portrayed[] = [];
  for (const { key, label } of results.cells) {
    const run = results.runs.find(
      ({ cell, split, seed }) => cell === key && split === results.splits[0] && seed === results.seeds[0],
    );
    const path = run && (await store.read(run.signature))?.portrait;
    if (!run || !path) continue;
    const arrays = await deps.loadArrays(path);
    const bags = (await store.readBags(run.signature)) ?? {};
    const { split, seed } = run;
    runs.push({ cell: key, label, split, seed, slides: slidesOf(arrays, bags), embeddings: embeddingsOf(arrays) });
  }
  const { classes, simulated } = results.cohort;
  return runs.length === 0 ? undefined : { classes, simulated, cohort: cohortTitle(results.cohort), runs };
}
