import { goalsMet, missedGoals } from './goals.js';
import { growthReading } from './growth-reading.js';
import { memoryReading } from './memory-limit.js';
import type { BenchResults, BenchRow } from './types.js';

/** The results in sentences. */
export function reading(results: BenchResults): string[] {
  const lines: string[] = [];
  const { met, metByFastest, of } = goalsMet(results.rows);
  if (of > 0) {
    lines.push(
      `The native engine meets ${met} of ${of} goals by the medians and ${metByFastest} by the fastest repetitions (a training step in at most 0.4 of PyTorch’s time for bags of up to 50 instances, 0.9 from 500 on).`,
    );
  }
  lines.push(...missedGoals(results.rows), ...uncompared(results.rows));
  const slower = results.rows.filter(({ engine, ratioMedian }) => engine === 'native' && (ratioMedian ?? 0) > 1);
  if (slower.length > 0) {
    lines.push(
      `Slower than PyTorch: ${slower.map(({ model, n }) => `${model} at N = ${n.toLocaleString('en')}`).join(', ')}.`,
    );
  }
  const eager = results.rows.filter(({ fallback }) => fallback !== null);
  for (const { model, engine, fallback } of new Map(eager.map((row) => [row.model + row.engine, row])).values()) {
    lines.push(`${model} ran operation by operation on ${engine}: ${fallback}.`);
  }
  lines.push(...memoryReading(results.rows), ...growthReading(results));
  for (const line of results.failed ?? []) lines.push(`${line}.`);
  return lines;
}

/** The models that have no ratio although others have one. */
function uncompared(rows: readonly BenchRow[]): string[] {
  const own = rows.filter(({ engine }) => engine === 'native');
  const names = (some: readonly BenchRow[]) => [...new Set(some.map(({ model }) => model))];
  const compared = names(own.filter(({ ratioMedian }) => ratioMedian !== null));
  const others = names(own).filter((model) => !compared.includes(model));
  return compared.length === 0 || others.length === 0 ? [] : [`Without a comparison: ${others.join(', ')}.`];
}
