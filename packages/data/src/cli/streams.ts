/** Where a command writes: results to `out`, progress and errors to `err`, one line a call. */
export interface Streams {
  out(line: string): void;
  err(line: string): void;
  /** Shows how far a long command is, in the place of what it showed before; absent where nobody watches. */
  status?(text: string): void;
}
