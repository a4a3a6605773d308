import { UserError } from '@asmil/core';

/** Something wrong, or worth knowing, about a person's own data: one line that names file and slide. */
export interface Problem {
  /** An `error` stops what needs the data; a `warning` does not. */
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly slide?: string;
}

/** Takes problems as they are found. */
export type Report = (problem: Problem) => void;

/** For work that cannot go on with an error: throws it, and keeps the warnings. */
export function throwing(warnings: string[]): Report {
  return ({ level, message }) => {
    if (level === 'error') throw new UserError(message);
    warnings.push(message);
  };
}

/** A list for one line: the first few, and how many more. */
export function listed(names: readonly string[], most = 5): string {
  const rest = names.length - most;
  return `${names.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
