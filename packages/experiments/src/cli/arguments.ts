import { UserError } from '@asmil/core/errors';
import { unknownName } from '../runner/nearest.js';

/** Parsers of option values; each throws `UserError` with exit code 2. */

export const choice =
  <T extends string>(what: string, names: readonly T[]) =>
  (text: string): T => {
    const found = names.find((name) => name === text);
    if (found === undefined) throw unknownName(what, text, names);
    return found;
  };

export const wholeNumber =
  (option: string, least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new UserError(`${option} ${text}: expected a whole number of at least ${least}`, 2);
    }
    return value;
  };

export const positive =
  (option: string, zero = false) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < 0 || (value === 0 && !zero)) {
      throw new UserError(`${option} ${text}: expected a number ${zero ? 'of at least 0' : 'above 0'}`, 2);
    }
    return value;
  };

/** `3`: how many splits; anything else: a split file, a folder of them, or a public cohort. */
export const splitsChoice = (text: string): number | string =>
  /^\d+$/.test(text) ? wholeNumber('--splits', 1)(text) : text;

/** `3` → 1, 2, 3; `1,2,5` → those; `5,` → 5 alone. */
export function seedList(text: string): number[] {
  if (!text.includes(',')) {
    const count = wholeNumber('--seeds', 1)(text);
    return Array.from({ length: count }, (_, i) => i + 1);
  }
  const parts = text.replace(/,$/, '').split(',');
  const seeds = parts.map((part) => wholeNumber('--seeds', 0)(part.trim()));
  if (new Set(seeds).size < seeds.length) throw new UserError(`--seeds ${text}: a seed is named twice`, 2);
  return seeds;
}

export function cellList(text: string): string[] {
  const cells = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  if (cells.length === 0) throw new UserError('--only: expected cell keys, e.g. --only m=0.9,m=0.999', 2);
  return cells;
}
