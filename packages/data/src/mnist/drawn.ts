import type { BagInfo, Split } from '@asmil/core';
import { UserError } from '@asmil/core';
import { PART_NAMES, type Part } from './digits.js';

/** How many bags each part of one draw has. */
export type PartSizes = Readonly<Record<Part, number>>;

/** Split seeds 0 to 4 are five draws of the same size: each has bags of its own. */
export const DRAWS = 5;

/** Which bag of which draw. */
export interface DrawnBag {
  readonly splitSeed: number;
  readonly part: Part;
  /** From 0; even bags are positive, odd ones negative. */
  readonly index: number;
}

export interface DrawnBags {
  readonly bags: readonly BagInfo[];
  splits(splitSeed: number): readonly Split[];
  /** Throws `UserError` for an unknown id. */
  find(id: string): DrawnBag;
}

/** Names and lists the bags of all draws (`s0-train-001`, …). `sizeOf` gives N of one bag. */
export function drawnBags(cohort: string, sizes: PartSizes, sizeOf: (bag: DrawnBag) => number): DrawnBags {
  const drawn = new Map<string, DrawnBag>();
  for (let splitSeed = 0; splitSeed < DRAWS; splitSeed++)
    for (const part of PART_NAMES)
      for (let index = 0; index < sizes[part]; index++)
        drawn.set(idOf(splitSeed, part, index, sizes), { splitSeed, part, index });
  return {
    bags: [...drawn].map(([id, bag]) => ({ id, label: labelOf(bag), group: id, n: sizeOf(bag) })),
    splits(splitSeed) {
      if (!(Number.isInteger(splitSeed) && splitSeed >= 0 && splitSeed < DRAWS))
        throw new UserError(`${cohort} has no split seed ${splitSeed}: give one of 0 to ${DRAWS - 1}`, 2);
      const ids = (part: Part) =>
        Array.from({ length: sizes[part] }, (_, index) => idOf(splitSeed, part, index, sizes));
      return [{ name: `draw${splitSeed}`, train: ids('train'), val: ids('val'), test: ids('test') }];
    },
    find(id) {
      const bag = drawn.get(id);
      if (!bag) throw new UserError(`no bag ${id} in ${cohort}: bags are named like ${drawn.keys().next().value}`);
      return bag;
    },
  };
}

/** Classes alternate, the positive one first, so that a part of even size is balanced. */
export const labelOf = (bag: DrawnBag): 0 | 1 => (bag.index % 2 === 0 ? 1 : 0);

function idOf(splitSeed: number, part: Part, index: number, sizes: PartSizes): string {
  const width = String(sizes[part]).length;
  return `s${splitSeed}-${part}-${String(index + 1).padStart(width, '0')}`;
}
