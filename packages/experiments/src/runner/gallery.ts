import { embeddingsOf, type Gallery, type Portrayed, slidesOf } from '../reports/gallery/index.js';
import { type StabilityRow, stabilityRow } from '../reports/gallery/stability.js';
import { cohortTitle } from '../reports/wording.js';
import type { RunStore } from '../store/store.js';
import type { ResultRun, Results } from '../types.js';
import type { Deps } from './deps.js';

/**
 * What the pictures of one place are drawn from: of each setting the run of the first split and seed, where it kept
 * attention maps. Undefined if none did.
 */
export async function galleryOf(
  results: Results,
  store: Pick<RunStore, 'readWhole'>,
  deps: Pick<Deps, 'loadArrays'>,
): Promise<Gallery | undefined> {
  const runs: Portrayed[] = [];
  const without: string[] = [];
  for (const { key, label } of results.cells) {
    const run = results.runs.find(
      ({ cell, split, seed }) => cell === key && split === results.splits[0] && seed === results.seeds[0],
    );
    const portrayed = run && (await portrayedOf(run, label, store, deps));
    if (portrayed) runs.push(portrayed);
    else without.push(label);
  }
  const { classes, simulated } = results.cohort;
  return runs.length === 0 ? undefined : { classes, simulated, cohort: cohortTitle(results.cohort), runs, without };
}

/** Stability of every setting whose runs kept their maps; one setting's maps are in memory at a time. */
export async function stabilityOf(
  results: Results,
  store: Pick<RunStore, 'readWhole'>,
  deps: Pick<Deps, 'loadArrays'>,
): Promise<StabilityRow[]> {
  const rows: StabilityRow[] = [];
  for (const { key, label } of results.cells) {
    const runs: Portrayed[] = [];
    for (const run of results.runs.filter(({ cell }) => cell === key)) {
      const portrayed = await portrayedOf(run, label, store, deps);
      if (portrayed && portrayed.slides.length > 0) runs.push(portrayed);
    }
    if (runs.length > 0) rows.push(stabilityRow(key, label, runs));
  }
  return rows;
}

async function portrayedOf(
  { cell, split, seed, signature }: ResultRun,
  label: string,
  store: Pick<RunStore, 'readWhole'>,
  deps: Pick<Deps, 'loadArrays'>,
): Promise<Portrayed | undefined> {
  const run = await store.readWhole(signature);
  if (!run?.portrait) return undefined;
  const arrays = await deps.loadArrays(run.portrait);
  return { cell, label, split, seed, slides: slidesOf(arrays, run.bags), embeddings: embeddingsOf(arrays) };
}
