import { InvalidArgumentError } from 'commander';

/** The value of an option that is a whole number. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('expected a whole number, 0 or more.');
  return Number(text);
}
