import { UserError } from '@asmil/core';

/** What compression of features may save: real ones shrink to a half or a third. Guards against files that unpack without end. */
const MAX_RATIO = 100;
/** Small files of equal numbers shrink further. */
export const ALWAYS_GRANTED = 2 ** 26;
/** Bytes of a feature in memory, whatever it has in its file. */
export const AS_READ = 4;

/** The most bytes that so many compressed ones may become. */
export const mostUnpacked = (stored: number): number => Math.max(ALWAYS_GRANTED, stored * MAX_RATIO);

/**
 * Holds the size that a file declares against the bytes that there are, before memory is asked for. Throws a `UserError` that
 * begins with `what`.
 */
export function checkExpansion(declared: number, stored: number, compressed: boolean, what: string): void {
  if (declared <= (compressed ? mostUnpacked(stored) : stored)) return;
  throw new UserError(
    compressed
      ? `${what}: refused: it unpacks to ${declared} bytes from ${stored}, more than features do`
      : `${what}: truncated or damaged: ${declared} bytes are announced, the file has ${stored}; copy or save it again`,
  );
}
