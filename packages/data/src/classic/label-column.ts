import type { MilTable } from './table.js';

/** What every title of a cohort with the column says. */
export const LABEL_COLUMN = 'label column in the input';

/**
 * Instances of positive bags that hold 0 all the same, by set: bag (from 1, as in the file) → instances (from 0). In the
 * other sets there are none.
 */
export const FLAG_EXCEPTIONS: Readonly<Record<string, Readonly<Record<number, readonly number[]>>>> = {
  elephant: { 99: [3], 100: [0, 1, 2, 3, 4] },
};

/**
 * The table with one more column at the end, as in the files that the programs of RGMIL and PSMIL read: 1 on every instance
 * of a positive bag, 0 on every instance of a negative one, but for the exceptions. It gives the bag's label away.
 */
export function withLabelColumn(set: string, table: MilTable): MilTable {
  const { dim, labels, starts, values } = table;
  const exceptions = FLAG_EXCEPTIONS[set] ?? {};
  const wide = new Float64Array((values.length / dim) * (dim + 1));
  for (let bag = 0; bag < labels.length; bag++) {
    const zero = exceptions[bag + 1] ?? [];
    for (let row = starts[bag]!; row < starts[bag + 1]!; row++) {
      wide.set(values.subarray(row * dim, (row + 1) * dim), row * (dim + 1));
      wide[row * (dim + 1) + dim] = zero.includes(row - starts[bag]!) ? 0 : labels[bag]!;
    }
  }
  return { dim: dim + 1, labels, starts, values: wide };
}
