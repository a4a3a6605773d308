/** With more values than this the number of orders is too large to count them all. */
const EXACT_LIMIT = 8;

export interface RankCorrelation {
  readonly n: number;
  /** Spearman's ρ in [−1, 1]. */
  readonly rho: number;
  /** Two-sided, exact over all orders; null for more than eight pairs. */
  readonly p: number | null;
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const result = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && order[end]!.value === order[start]!.value) end += 1;
    for (let i = start; i < end; i += 1) result[order[i]!.index] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}

/** Spearman's rank correlation of pairs; null for fewer than three pairs or where one side has no spread. */
export function spearman(x: readonly number[], y: readonly number[]): RankCorrelation | null {
  if (x.length !== y.length) throw new RangeError(`spearman needs pairs: got ${x.length} and ${y.length} values`);
  if (x.length < 3) return null;
  const rankX = ranks(x);
  const rankY = ranks(y);
  const rho = correlation(rankX, rankY);
  if (rho === null) return null;
  return { n: x.length, rho, p: x.length <= EXACT_LIMIT ? exactP(rankX, rankY, rho) : null };
}

function correlation(x: readonly number[], y: readonly number[]): number | null {
  const centre = (x.length + 1) / 2; // the mean rank, with or without ties
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (const [i, value] of x.entries()) {
    xy += (value - centre) * (y[i]! - centre);
    xx += (value - centre) ** 2;
    yy += (y[i]! - centre) ** 2;
  }
  return xx === 0 || yy === 0 ? null : xy / Math.sqrt(xx * yy);
}

/** Share of all orders of y whose |ρ| is at least the observed one. */
function exactP(x: readonly number[], y: readonly number[], rho: number): number {
  let extreme = 0;
  let total = 0;
  const permute = (chosen: number[], left: readonly number[]): void => {
    if (left.length === 0) {
      total += 1;
      if (Math.abs(correlation(x, chosen)!) >= Math.abs(rho) - 1e-9) extreme += 1;
      return;
    }
    for (const [i, value] of left.entries()) permute([...chosen, value], left.toSpliced(i, 1));
  };
  permute([], y);
  return extreme / total;
}
