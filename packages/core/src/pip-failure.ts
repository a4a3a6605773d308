/** Why a `pip download` came to nothing. */
export interface PipFailure {
  /** In a few words, for use in brackets. */
  readonly reason: string;
  /**
   * `absent`: the index has no such file, or does not answer (pip says the same of both). `broken`: the connection broke or
   * fell silent. `damaged`: a file came, but not the right one; pip may keep it in its cache and bring it again. `full`: no
   * space on the disk. `other`: the rest.
   */
  readonly kind: 'absent' | 'broken' | 'damaged' | 'full' | 'other';
}

/** What pip 22 to 26 write of each kind of failure, and what is worth repeating of it. Addresses are long: they stay out. */
const KNOWN: readonly (readonly [PipFailure['kind'], RegExp, (...groups: string[]) => string])[] = [
  ['full', /No space left on device/, () => 'no space left on the disk'],
  [
    'damaged',
    /Expected sha256 ([0-9a-f]{12})[\s\S]*Got +([0-9a-f]{12})/,
    (expected, got) => `what came has SHA-256 ${got}… where ${expected}… was expected`,
  ],
  ['damaged', /^ERROR: Wheel .* is invalid/m, () => 'what came is no whole package file'],
  // pip 25.1 and newer: `× Download failed after 6 attempts because not enough bytes were received (50 kB/100 kB)`
  ['broken', /^× (Download failed .*)/m, (words) => words],
  ['broken', /Connection broken: \w+\((?:\d+, )?['"]?([^'")]+)/, (words) => `connection broken: ${words}`],
  ['broken', /Read timed out\.\s*$/, () => 'the connection fell silent'],
  ['other', /HTTP error (\d{3})|too many (\d{3}) error responses/, (a, b) => `HTTP error ${a ?? b}`],
  ['other', /\(Caused by \w+\(['"]?(?:<[^>]*>: )?(.+?)['"]?\)\)\s*$/, (words) => words],
  ['absent', /No matching distribution found/, () => 'the package index does not answer, or does not have it'],
];

/** Reads what pip wrote to standard error when a download failed. */
export function pipFailure(stderr: string): PipFailure {
  for (const [kind, pattern, words] of KNOWN) {
    const found = pattern.exec(stderr);
    if (found)
      return {
        kind,
        reason: words(...found.slice(1))
          .trim()
          .slice(0, 200),
      };
  }
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const error = lines.findLast((line) => /^\s*ERROR: (?!Exception:)/.test(line));
  // What pip did not foresee ends in a traceback; its last line is the error, with the module it comes from.
  const words = error ?? lines.at(-1)?.replace(/^[\w.]+\.(?=\w+:)/, '') ?? 'no message';
  return {
    kind: 'other',
    reason: words
      .trim()
      .replace(/^ERROR:\s*/, '')
      .slice(0, 200),
  };
}
