import { readFileSync } from 'node:fs';

/**
 * Largest resident memory of this process so far, MiB. Linux's own figure is read where there is one: `getrusage` counts
 * what the parent process held when it started this one.
 */
export const peakRssMb = peakReader(() => readFileSync('/proc/self/status', 'utf8'));

/**
 * A reader of the peak from the text of `/proc/self/status`, MiB. It remembers the largest it has read, since Linux counts
 * pages a processor at a time and its own peak steps back by some hundred KiB now and then.
 */
export function peakReader(status: () => string): () => number {
  let largest = 0;
  return () => {
    largest = Math.max(largest, kibOf(status) ?? process.resourceUsage().maxRSS);
    return Math.round((largest / 1024) * 10) / 10;
  };
}

function kibOf(status: () => string): number | null {
  try {
    const kib = Number(/^VmHWM:\s*(\d+)/m.exec(status())?.[1] ?? Number.NaN);
    return Number.isNaN(kib) ? null : kib;
  } catch {
    return null; // no /proc: macOS and Windows
  }
}
