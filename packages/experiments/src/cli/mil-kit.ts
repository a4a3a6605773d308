import { type Command, InvalidArgumentError } from 'commander';

/** Where a command writes: results to `out`, errors to `err`, one line a call. */
export interface Streams {
  out(line: string): void;
  err(line: string): void;
}

/** What the parts of the `mil` program have in common. */
export interface Kit {
  readonly streams: Streams;
  /** Adds `--json` and `--debug`. */
  common(command: Command): Command;
  /** A value as JSON, or as text for people. */
  print(value: unknown, text: () => string, json?: boolean): void;
}

/** Parser of an option's JSON object. */
export function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new InvalidArgumentError('expected a JSON object.');
}
