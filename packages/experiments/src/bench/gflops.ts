/** Rate in GFLOP/s of `macs` multiply-accumulates in `ms` milliseconds: two operations each, as matrix libraries count. */
export function gflops(macs: number, ms: number): number {
  return (2 * macs) / (ms * 1e6);
}
