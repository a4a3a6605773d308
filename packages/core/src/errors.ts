/**
 * An error that the person at the keyboard can mend: one line that says what was found, what was expected and what to do.
 * Commands print the line without a stack trace and end with `exitCode`.
 */
export class UserError extends Error {
  /** 2: the command line is wrong (unknown name or option). 1: a file, a download or the machine is in the way. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.name = 'UserError';
    this.exitCode = exitCode;
  }
}
