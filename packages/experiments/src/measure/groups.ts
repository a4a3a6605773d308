import type { Cell } from '../types.js';

/** Processes that are open at once beside the baseline's: each holds a model and a bag in memory. */
const AT_ONCE = 3;

/** Cells that take turns in the same rounds: a baseline, and some that are set against it. */
export interface Group {
  readonly baseline: Cell;
  readonly others: readonly Cell[];
}

/** The cell that another one is set against; undefined for a baseline itself. */
export function baselineOf(cell: Cell, cells: readonly Cell[]): Cell | undefined {
  const key = cell.baseline ?? cells.find(({ reference }) => reference)?.key;
  return key === undefined || key === cell.key ? undefined : cells.find((other) => other.key === key);
}

/**
 * Groups the wanted cells by baseline, a few at a time. The baseline takes part in every group of its own, wanted or not, since
 * ratios need it in the same rounds.
 */
export function groupsOf(wanted: readonly Cell[], cells: readonly Cell[]): Group[] {
  const byBaseline = new Map<Cell, Cell[]>();
  for (const cell of wanted) {
    const baseline = baselineOf(cell, cells);
    const own = byBaseline.get(baseline ?? cell) ?? [];
    byBaseline.set(baseline ?? cell, baseline ? [...own, cell] : own);
  }
  return [...byBaseline].flatMap(([baseline, others]) =>
    Array.from({ length: Math.max(1, Math.ceil(others.length / AT_ONCE)) }, (_, i) => ({
      baseline,
      others: others.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
    })),
  );
}
