import { type MeanTest, testMean } from './describe.js';

/** One value of one run: runs of different settings with the same split and seed are a pair. */
export interface RunValue {
  readonly split: string;
  readonly seed: number;
  readonly value: number;
}

/** A setting's value minus the reference's, from the same split and seed. */
export interface PairDifference {
  readonly split: string;
  readonly seed: number;
  readonly difference: number;
}

export interface PairedComparison extends MeanTest {
  readonly pairs: readonly PairDifference[];
}

/** Differences `setting − reference` over the (split, seed) that both have, in the order of `setting`. */
export function pairDifferences(setting: readonly RunValue[], reference: readonly RunValue[]): PairDifference[] {
  const byPair = new Map(reference.map((run) => [pairKey(run), run.value]));
  return setting.flatMap((run) => {
    const other = byPair.get(pairKey(run));
    return other === undefined ? [] : [{ split: run.split, seed: run.seed, difference: run.value - other }];
  });
}

/** Paired t-test of a setting against the reference. */
export function comparePaired(setting: readonly RunValue[], reference: readonly RunValue[]): PairedComparison {
  const pairs = pairDifferences(setting, reference);
  return { pairs, ...testMean(pairs.map((pair) => pair.difference)) };
}

function pairKey(run: { readonly split: string; readonly seed: number }): string {
  return JSON.stringify([run.split, run.seed]);
}
