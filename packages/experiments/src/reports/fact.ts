/** A line of the fact list. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Shown in code font. */
  readonly code?: boolean;
}
