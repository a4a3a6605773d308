import type { Cohort, Split } from '@asmil/core';
import { UserError } from '@asmil/core/errors';
import { createRng } from '@asmil/core/rng';
import type { CohortEntry, CohortOptions } from '@asmil/data';

const CLASSES = ['benign', 'atypical', 'malignant'];

/** A cohort of 12 tiny bags; `folds` splits, with or without a validation set. */
export function fakeCohort(name: string, options: { simulated: boolean; folds: number; val: boolean }): Cohort {
  const bags = Array.from({ length: 12 }, (_, i) => ({ id: `bag-${i}`, label: i % 3, group: `group-${i}`, n: 5 }));
  const ids = bags.map(({ id }) => id);
  return {
    name,
    title: options.simulated ? `${name} (simulated)` : name,
    simulated: options.simulated,
    provenance: 'made for tests',
    classes: CLASSES,
    dim: 4,
    bags,
    fingerprint: `${name}-1`,
    splits: (splitSeed) =>
      Array.from({ length: options.folds }, (_, k): Split => {
        const order = createRng(splitSeed, 'split', k).shuffle(ids);
        const cut = options.val ? 9 : 6;
        return { name: `fold-${k}`, train: order.slice(0, 6), val: order.slice(6, cut), test: order.slice(cut) };
      }),
    load: async (id) => {
      const { label } = bags.find((bag) => bag.id === id)!;
      return { id, n: 5, d: 4, features: new Float32Array(20).fill(label), label };
    },
  };
}

interface FakeEntry extends CohortEntry {
  readonly cohort: Cohort;
}

function entry(cohort: Cohort, files: { ready: boolean; how?: string; fetch?: boolean } = { ready: true }): FakeEntry {
  let ready = files.ready;
  return {
    name: cohort.name,
    summary: cohort.title,
    simulated: cohort.simulated,
    cohort,
    available: async () => (ready ? { ready } : { ready: false, how: files.how ?? '`pnpm data get` brings it' }),
    ...(files.fetch
      ? {
          fetch: async ({ progress }: { progress: (line: string) => void }) => {
            progress('fetched 1 of 1 files');
            ready = true;
          },
        }
      : {}),
    open: async () => cohort,
  };
}

const entries = [
  entry(fakeCohort('bracs-sim', { simulated: true, folds: 3, val: true })),
  entry(fakeCohort('camelyon16-sim', { simulated: true, folds: 1, val: true })),
  entry(fakeCohort('camelyon17-sim', { simulated: true, folds: 1, val: true })),
  entry(fakeCohort('musk1', { simulated: false, folds: 10, val: false })),
  entry(fakeCohort('fetched', { simulated: false, folds: 1, val: true }), { ready: false, fetch: true }),
  entry(fakeCohort('absent', { simulated: false, folds: 1, val: true }), { ready: false, how: 'put it in a folder' }),
];

export function findCohort(name: string): FakeEntry {
  const found = entries.find((candidate) => candidate.name === name);
  if (!found) throw new UserError(`unknown cohort "${name}": the nearest is musk1`, 2);
  return found;
}

export const openCohort = async (name: string, _options: CohortOptions): Promise<Cohort> => findCohort(name).cohort;
