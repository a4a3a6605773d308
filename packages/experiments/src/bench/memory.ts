import { readFileSync } from 'node:fs';

/**
 * Largest resident memory of this process so far, MiB. Linux's own figure is read where there is one: `getrusage` counts
 * what the parent process held when it started this one.
 */
export function peakRssMb(): number {
  let kib: number | undefined;
  try {
    kib = Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? Number.NaN);
  } catch {
    // No /proc: macOS and Windows.
  }
  if (kib === undefined || Number.isNaN(kib)) kib = process.resourceUsage().maxRSS;
  return Math.round((kib / 1024) * 10) / 10;
}
