import { stringify } from 'csv-stringify/sync';

/** A prediction of one slide, with its true label where that is known. */
export interface PredictedSlide {
  readonly slide: string;
  /** Index of the true class. */
  readonly truth?: number;
  /** Index of the most probable class. */
  readonly label: number;
  /** [C]. */
  readonly probabilities: readonly number[];
}

/** CSV of predictions: `slide`, `label` (where known), `predicted`, and a column `p_<class>` for each class. */
export function predictionsCsv(rows: readonly PredictedSlide[], classes: readonly string[]): string {
  const known = rows.some(({ truth }) => truth !== undefined);
  const head = ['slide', ...(known ? ['label'] : []), 'predicted', ...classes.map((name) => `p_${name}`)];
  const lines = rows.map(({ slide, truth, label, probabilities }) => [
    slide,
    ...(known ? [truth === undefined ? '' : classes[truth]!] : []),
    classes[label]!,
    ...probabilities.map((p) => p.toFixed(6)),
  ]);
  return stringify([head, ...lines], { escape_formulas: true });
}

/** The same as values: class name and probability of each class. */
export function predictionsJson(rows: readonly PredictedSlide[], classes: readonly string[]): object[] {
  return rows.map(({ slide, label, probabilities }) => ({
    slide,
    predicted: classes[label]!,
    probabilities: Object.fromEntries(classes.map((name, c) => [name, probabilities[c]!])),
  }));
}

/** Columns of numbers under their heads, right-aligned; the first column is text. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line).join('\n');
}
