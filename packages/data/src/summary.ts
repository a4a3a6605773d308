import type { BagInfo, Cohort } from '@asmil/core';
import { checkSplit } from './splits.js';

/** Number of bags, in all and by class (in the order of the cohort's classes). */
export interface Count {
  readonly bags: number;
  readonly byClass: readonly number[];
}

/** What there is to know of a cohort without loading its bags. */
export interface CohortSummary {
  readonly name: string;
  readonly title: string;
  readonly simulated: boolean;
  readonly provenance: string;
  readonly fingerprint: string;
  readonly classes: readonly string[];
  readonly dim: number;
  readonly all: Count;
  readonly groups: number;
  /** Instances per bag; null where a bag's size is known only after loading. */
  readonly instances: { readonly min: number; readonly median: number; readonly max: number } | null;
  readonly splitSeed: number;
  readonly splits: readonly {
    readonly name: string;
    readonly train: Count;
    readonly val: Count;
    readonly test: Count;
  }[];
}

/** Describes a cohort and its splits for one split seed. Throws `UserError` if one of the splits leaks. */
export function summarise(cohort: Cohort, splitSeed: number): CohortSummary {
  const { name, title, simulated, provenance, fingerprint, classes, dim, bags } = cohort;
  const infoOf = new Map(bags.map((bag) => [bag.id, bag]));
  const count = (list: readonly BagInfo[]): Count => ({
    bags: list.length,
    byClass: classes.map((_, label) => list.filter((bag) => bag.label === label).length),
  });
  const splits = cohort.splits(splitSeed).map((split) => {
    checkSplit(bags, split);
    const side = (ids: readonly string[]) => count(ids.map((id) => infoOf.get(id)!));
    return { name: split.name, train: side(split.train), val: side(split.val), test: side(split.test) };
  });
  const sizes = bags.map((bag) => bag.n ?? Number.NaN).sort((a, b) => a - b);
  return {
    ...{ name, title, simulated, provenance, fingerprint, classes, dim },
    all: count(bags),
    groups: new Set(bags.map((bag) => bag.group)).size,
    instances: sizes.some(Number.isNaN) ? null : { min: sizes[0]!, median: median(sizes), max: sizes.at(-1)! },
    splitSeed,
    splits,
  };
}

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
