import type { BagInfo, Split } from '@asmil/core';
import { createRng, UserError } from '@asmil/core';

export interface HoldOutOptions {
  /** Share of the bags in the validation set, 0 for none. */
  readonly val: number;
  /** Share of the bags in the test set. */
  readonly test: number;
  readonly splitSeed: number;
  /** Default `holdout-SEED`. */
  readonly name?: string;
}

/**
 * One split into training, validation and test bags, stratified by label; bags of one group stay together. With
 * one-bag groups every part is within one bag of its share of every class. Throws `UserError` for shares that leave no
 * training part, or where a wanted part stays empty.
 */
export function holdOut(bags: readonly BagInfo[], options: HoldOutOptions): Split {
  const { val, test, splitSeed, name = `holdout-${splitSeed}` } = options;
  if (!(val >= 0 && test > 0 && val + test < 1))
    throw new UserError(
      `found the shares val ${val} and test ${test}, expected val at least 0, test above 0 and a sum below 1`,
      2,
    );
  const partOf = assign(bags, [1 - val - test, val, test], splitSeed, 'holdout');
  const split = { name, ...pick(bags, partOf) };
  if (split.train.length === 0 || split.test.length === 0 || (val > 0 && split.val.length === 0))
    throw new UserError(
      `${bags.length} bags in ${groupsOf(bags).size} groups are too few for val ${val} and test ${test}: give smaller groups or other shares`,
    );
  return split;
}

export interface CrossValidationOptions {
  readonly folds: number;
  readonly splitSeed: number;
  /** Share of the bags outside the test fold that is held out for validation; default 0, none. */
  readonly val?: number;
}

/**
 * K-fold cross-validation, stratified by label; bags of one group stay together. Every bag is tested in exactly one of the
 * splits `fold0`, `fold1`, …. Throws `UserError` for fewer than 2 folds or more folds than groups.
 */
export function crossValidation(bags: readonly BagInfo[], options: CrossValidationOptions): Split[] {
  const { folds, splitSeed, val = 0 } = options;
  const groups = groupsOf(bags).size;
  if (!(Number.isInteger(folds) && folds >= 2 && folds <= groups))
    throw new UserError(`found ${folds} folds, expected 2 to ${groups} (the number of groups)`, 2);
  if (!(val >= 0 && val < 1)) throw new UserError(`found the share val ${val}, expected 0 or more and below 1`, 2);
  const foldOf = assign(bags, new Array<number>(folds).fill(1 / folds), splitSeed, 'folds');
  return Array.from({ length: folds }, (_, fold) => {
    const rest = bags.filter((_, i) => foldOf[i] !== fold);
    const partOf = val > 0 ? assign(rest, [1 - val, val], splitSeed, `val-${fold}`) : rest.map(() => 0);
    const test = bags.filter((_, i) => foldOf[i] === fold).map((bag) => bag.id);
    return { name: `fold${fold}`, ...pick(rest, partOf), test };
  });
}

/**
 * Throws `UserError` if a split leaks or is broken: a bag or a group on two sides, an id that is unknown or given twice, or an empty
 * training or test part. The message names the bag or group.
 */
export function checkSplit(bags: readonly BagInfo[], split: Split): void {
  const infoOf = new Map<string, BagInfo>();
  for (const bag of bags) {
    if (infoOf.has(bag.id)) throw new UserError(`the cohort lists the bag ${bag.id} twice: give every bag its own id`);
    infoOf.set(bag.id, bag);
  }
  const sideOfBag = new Map<string, string>();
  const sideOfGroup = new Map<string, string>();
  for (const side of ['train', 'val', 'test'] as const) {
    for (const id of split[side]) {
      const group = infoOf.get(id)?.group;
      if (group === undefined)
        throw new UserError(
          `split ${split.name} names the bag ${id} in ${side}, which the cohort does not have: make the split again`,
        );
      const before = sideOfBag.get(id);
      if (before !== undefined)
        throw new UserError(
          before === side
            ? `split ${split.name} names the bag ${id} twice in ${side}: leave one out`
            : `split ${split.name} has the bag ${id} in ${before} and in ${side}: a bag may stand on one side only`,
        );
      sideOfBag.set(id, side);
      const groupSide = sideOfGroup.get(group);
      if (groupSide !== undefined && groupSide !== side)
        throw new UserError(
          `split ${split.name} has bags of the group ${group} in ${groupSide} and in ${side}: keep the bags of one patient together`,
        );
      sideOfGroup.set(group, side);
    }
  }
  for (const side of ['train', 'test'] as const)
    if (split[side].length === 0) throw new UserError(`split ${split.name} has no bags in ${side}: give at least one`);
}

function pick(bags: readonly BagInfo[], partOf: readonly number[]): Pick<Split, 'train' | 'val' | 'test'> {
  const part = (p: number) => bags.filter((_, i) => partOf[i] === p).map((bag) => bag.id);
  return { train: part(0), val: part(1), test: part(2) };
}

function groupsOf(bags: readonly BagInfo[]): Map<string, number[]> {
  const members = new Map<string, number[]>();
  bags.forEach((bag, i) => {
    const list = members.get(bag.group);
    if (list) list.push(i);
    else members.set(bag.group, [i]);
  });
  return members;
}

/**
 * The part (index into `shares`) of every bag. Groups in random order, the larger first; each goes where its classes are
 * furthest below their share, ties to the part that has least for its size.
 */
function assign(bags: readonly BagInfo[], shares: readonly number[], splitSeed: number, purpose: string): number[] {
  const labels = [...new Set(bags.map((bag) => bag.label))].sort((a, b) => a - b);
  const total = labels.map((label) => bags.filter((bag) => bag.label === label).length);
  // Sorted first, so that the draw does not depend on the order in which the bags are listed.
  const named = [...groupsOf(bags)].sort(([a], [b]) => (a < b ? -1 : 1));
  const groups = createRng(splitSeed, 'split', purpose)
    .shuffle(named.map(([, members]) => members))
    .sort((a, b) => b.length - a.length);
  const have = shares.map(() => labels.map(() => 0));
  const size = shares.map(() => 0);
  const partOf = new Array<number>(bags.length).fill(0);
  for (const members of groups) {
    const counts = labels.map((label) => members.filter((i) => bags[i]!.label === label).length);
    let best = -1;
    let bestNeed = Number.NEGATIVE_INFINITY;
    let bestSpare = Number.NEGATIVE_INFINITY;
    shares.forEach((share, p) => {
      if (share <= 0) return;
      const need = counts.reduce((sum, c, l) => sum + (c / total[l]!) * (share * total[l]! - have[p]![l]!), 0);
      const spare = share * bags.length - size[p]!;
      const better = need > bestNeed + 1e-9 || (need > bestNeed - 1e-9 && spare > bestSpare + 1e-9);
      if (better) [best, bestNeed, bestSpare] = [p, need, spare];
    });
    for (const i of members) partOf[i] = best;
    size[best]! += members.length;
    counts.forEach((c, l) => {
      have[best]![l]! += c;
    });
  }
  return partOf;
}
