/**
 * Holm's step-down adjustment: the i-th smallest of k p-values times (k − i + 1), made non-decreasing and at most 1.
 * A null (no test was possible) stays null and is not counted in k.
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const adjusted: (number | null)[] = pValues.map(() => null);
  const order = pValues
    .flatMap((p, index) => (p === null ? [] : [{ p, index }]))
    .sort((a, b) => a.p - b.p || a.index - b.index);
  let largest = 0;
  for (const [rank, { p, index }] of order.entries()) {
    largest = Math.max(largest, Math.min(1, p * (order.length - rank)));
    adjusted[index] = largest;
  }
  return adjusted;
}
