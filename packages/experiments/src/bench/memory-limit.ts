import { count, listing } from '../reports/format.js';
import type { BenchRow } from './types.js';

/** A bag of so many instances … */
export const LIMIT_N = 50_000;
/** … is to be trained within so much memory by every model: 4 GB, in MiB. */
export const LIMIT_MB = 4e9 / 1024 ** 2;

const LIMIT = `4 GB (${mib(LIMIT_MB)})`;

/** Says of every engine of the suite whether the bags of 50,000 instances kept the limit; empty where there are none. */
export function memoryReading(rows: readonly BenchRow[]): string[] {
  const judged = rows.filter(({ engine, n }) => n === LIMIT_N && engine !== 'pytorch');
  return [...new Set(judged.map(({ engine }) => engine))].map((engine) => {
    const own = judged.filter((row) => row.engine === engine).sort((a, b) => b.peakRssMb - a.peakRssMb);
    const most = own[0]!;
    const what = `Training and evaluating a bag of ${LIMIT_N.toLocaleString('en')} instances on ${engine}`;
    const above = own.filter(({ peakRssMb }) => peakRssMb > LIMIT_MB);
    if (above.length > 0) {
      const names = above.map(({ model, peakRssMb }) => `${model} (${mib(peakRssMb)})`);
      return `${what} takes more than ${LIMIT} for ${listing(names)}, ${above.length} of ${count(own.length, 'model')}.`;
    }
    return `${what} stays within ${LIMIT} for ${own.length === 1 ? 'the one model' : `all ${own.length} models`} measured: at most ${mib(most.peakRssMb)} (${most.model}).`;
  });
}

function mib(value: number): string {
  return `${Math.round(value).toLocaleString('en')} MiB`;
}
