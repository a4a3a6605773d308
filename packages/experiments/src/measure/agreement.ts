import { spearman } from '../stats/index.js';
import type { CostResults, CostRow, Measurement, PaperCost, Times } from './types.js';

/*
 * The rules by which the reports on cost say "agrees". They are about what two machines can have in common: counts, ratios
 * of times and their order, never seconds.
 */

/** Counts agree if they differ by at most this share. */
export const COUNT_TOLERANCE = 0.05;
/** A ratio of times agrees if it differs from the paper's by at most this. */
export const RATIO_TOLERANCE = 0.15;
/** Two ratios to the same work differ by as much as this by the machine alone. */
export const TIME_NOISE = 0.1;
/** From this rank correlation on two orders agree. */
export const SAME_ORDER = 0.8;

export interface Beside {
  readonly row: CostRow;
  readonly paper: PaperCost;
}

/** The rows that the paper has too. */
export function besidePaper({ rows }: CostResults, { paper }: Measurement): Beside[] {
  return rows.flatMap((row) => {
    const own = paper.rows.find(({ cell }) => cell === row.cell);
    return own ? [{ row, paper: own }] : [];
  });
}

/** What the paper's number is set against: the published code's work where its closed form is known, else the counted. */
export const comparableMacs = (row: CostRow): number => row.publishedMacs ?? row.macs;

export function macsAgree({ row, paper }: Beside): boolean {
  return Math.abs(comparableMacs(row) / 1e6 / paper.macsMillions - 1) <= COUNT_TOLERANCE;
}

/** Whether two orders agree; null with fewer than four or without an order. */
export function sameOrder(here: readonly number[], there: readonly number[]): { rho: number; agrees: boolean } | null {
  if (here.length < 4) return null;
  const correlation = spearman(here, there);
  return correlation && { rho: correlation.rho, agrees: correlation.rho >= SAME_ORDER };
}

export interface Overhead {
  readonly row: CostRow;
  readonly host: CostRow;
  /** Training step over the host's own, here (fastest repetitions) and in the paper. */
  readonly ratio: number;
  readonly paperRatio: number | null;
  readonly agrees: boolean | null;
  readonly sameParams: boolean;
  readonly sameMacs: boolean;
  /** The fastest inference and the median both: one alone may have caught a bad moment. */
  readonly noTime: boolean;
}

const noLonger = (ratio: number | null): boolean => ratio !== null && ratio <= 1 + TIME_NOISE;
const noLongerAtAll = ({ ratio, ratioMin }: Times): boolean => noLonger(ratio) || noLonger(ratioMin);

/** Every treated host against the host alone. */
export function overheads({ rows }: CostResults, { paper }: Measurement): Overhead[] {
  return rows.flatMap((row) => {
    const host = rows.find(({ cell }) => cell === row.baseline);
    if (!host || row.step.ratioMin === null) return [];
    const [own, plain] = [row, host].map(({ cell }) => paper.rows.find((each) => each.cell === cell));
    const paperRatio = own && plain ? own.trainSeconds / plain.trainSeconds : null;
    return [
      {
        row,
        host,
        ratio: row.step.ratioMin,
        paperRatio,
        agrees: paperRatio === null ? null : Math.abs(row.step.ratioMin - paperRatio) <= RATIO_TOLERANCE,
        sameParams: row.params === host.params,
        sameMacs: row.macs === host.macs,
        noTime: noLongerAtAll(row.infer),
      },
    ];
  });
}
