import { UserError } from '@asmil/core';

export interface UnusableOptions {
  /** Stops at the first. */
  readonly strict?: boolean;
  /** It was asked for that they be left out: no failure of the command. */
  readonly accepted?: boolean;
  /** Takes a line for each. */
  readonly say: (line: string) => void;
}

/** The slides of a command that could not be used: each is told in a line, the others go on, and the command fails at its end. */
export class Unusable {
  private readonly told: string[] = [];

  constructor(private readonly options: UnusableOptions) {}

  get lines(): readonly string[] {
    return this.told;
  }

  /** Throws `UserError` where the command is to stop. */
  tell(line: string): void {
    if (this.options.strict) throw new UserError(line);
    this.told.push(line);
    this.options.say(line);
  }

  /** The value of some work on one slide, or undefined after its `UserError` was told. An error of the command line is thrown. */
  async attempt<T>(work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UserError) || error.exitCode === 2) throw error;
      this.tell(error.message);
      return undefined;
    }
  }

  /** At the end: throws `UserError` if there were any. */
  finish(): void {
    const count = this.told.length;
    if (count === 0 || this.options.accepted) return;
    throw new UserError(
      `${count === 1 ? 'one slide' : `${count} slides`} could not be used (named above); all else is done`,
    );
  }
}

/** Errors about a slide name the slide, once. */
export async function inSlide<T>(id: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError) || error.message.startsWith('slide ')) throw error;
    throw new UserError(`slide ${id}: ${error.message}`, error.exitCode);
  }
}
