/**
 * How a whole number follows the sizes of a bag: base + Σ slope_j · size_j. The sizes are N itself and whatever else a
 * function's shapes are linear in (the side of a grid, a padded length).
 */
export interface Linear {
  readonly base: number;
  readonly slopes: readonly number[];
}

/** Finds the linear law behind values seen at given points. */
export interface Fit {
  /** `values[i]` was seen at point i. Throws an Error if no law with whole coefficients gives them. */
  of(values: readonly number[]): Linear;
}

/**
 * Of the candidate sizes, as few as determine a law in `point(n)` (N and the sizes that follow it), in their order;
 * undefined if they do not (sizes that always move together need not be told apart, but then are one size too many).
 */
export function tracePoints(
  candidates: readonly number[],
  point: (n: number) => readonly number[],
): number[] | undefined {
  const chosen: number[] = [];
  const basis: number[][] = [];
  const wanted = point(candidates[0]!).length + 1;
  for (const n of candidates) {
    const row = reduced([1, ...point(n)], basis);
    if (row.every((v) => Math.abs(v) < 1e-9)) continue;
    basis.push(row);
    chosen.push(n);
    if (chosen.length === wanted) return chosen;
  }
  return undefined;
}

/** What is left of a row after the basis rows (each with its leading entry) are taken out. */
function reduced(row: readonly number[], basis: readonly (readonly number[])[]): number[] {
  const rest = [...row];
  for (const b of basis) {
    const lead = b.findIndex((v) => Math.abs(v) >= 1e-9);
    const factor = rest[lead]! / b[lead]!;
    for (let i = 0; i < rest.length; i++) rest[i] = rest[i]! - factor * b[i]!;
  }
  return rest;
}

/** `points[i]` are the sizes at the i-th trace; there is one point more than sizes, and they determine a law. */
export function fit(points: readonly (readonly number[])[]): Fit {
  const inverse = invert(points.map((p) => [1, ...p]));
  return {
    of(values) {
      if (values.every((v) => v === values[0])) return { base: values[0]!, slopes: points[0]!.map(() => 0) };
      const exact = inverse.map((row) => row.reduce((sum, v, i) => sum + v * values[i]!, 0));
      const whole = exact.map((v) => Math.round(v) + 0); // + 0 turns −0 into 0
      if (exact.some((v, i) => Math.abs(v - whole[i]!) > 1e-6)) {
        throw new Error(`a size of ${values.join(', ')} at sizes ${points.join(' and ')} is not linear in them`);
      }
      const [base, ...slopes] = whole;
      return { base: base!, slopes };
    },
  };
}

/** Gauss–Jordan with pivoting; for a handful of rows. */
function invert(matrix: readonly (readonly number[])[]): number[][] {
  const k = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: k }, (_, j) => (i === j ? 1 : 0))]);
  for (let c = 0; c < k; c++) {
    let pivot = c;
    for (let r = c + 1; r < k; r++) if (Math.abs(rows[r]![c]!) > Math.abs(rows[pivot]![c]!)) pivot = r;
    [rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!];
    const scale = rows[c]![c]!;
    rows[c] = rows[c]!.map((v) => v / scale);
    for (let r = 0; r < k; r++) {
      if (r === c) continue;
      const factor = rows[r]![c]!;
      rows[r] = rows[r]!.map((v, i) => v - factor * rows[c]![i]!);
    }
  }
  return rows.map((row) => row.slice(k));
}
