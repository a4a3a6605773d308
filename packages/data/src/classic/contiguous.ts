/** Ten as in the published programs. */
const FOLDS = 10;

/**
 * The bags of each of ten folds that are consecutive parts of the file, the first (count mod 10) parts one longer, as the
 * programs of RGMIL and PSMIL cut them. Positive bags come first in the files, so most folds hold one class alone.
 */
export function contiguousFolds(count: number): number[][] {
  const size = Math.floor(count / FOLDS);
  const longer = count % FOLDS;
  return Array.from({ length: FOLDS }, (_, k) => {
    const start = k * size + Math.min(k, longer);
    return Array.from({ length: size + (k < longer ? 1 : 0) }, (_, i) => start + i);
  });
}

/** The folds in an order of which the first few hold both classes too: 0, 5, 1, 6, and so on. */
export const MIXED_ORDER: readonly number[] = Array.from({ length: FOLDS }, (_, i) => (i >> 1) + (i % 2) * (FOLDS / 2));
