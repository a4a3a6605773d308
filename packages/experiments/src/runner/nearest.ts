import { UserError } from '@asmil/core/errors';
import { distance } from 'fastest-levenshtein';

/** The names that a mistyped one may have meant, nearest first. */
export function nearest(name: string, names: readonly string[], count = 3): string[] {
  const wanted = name.toLowerCase();
  return [...names]
    .map((candidate) => ({ candidate, d: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.d - b.d || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** The one-line error for a name that is not among `names`: few names are all listed, of many the nearest three. */
export function unknownName(what: string, name: string, names: readonly string[], hint = ''): UserError {
  if (names.length > 8) {
    return new UserError(`unknown ${what} "${name}": the nearest are ${nearest(name, names).join(', ')}${hint}`, 2);
  }
  const [guess] = nearest(name, names, 1);
  const meant = guess !== undefined && distance(name, guess) <= 3 ? `; did you mean ${guess}?` : '';
  return new UserError(`unknown ${what} "${name}": expected one of ${names.join(', ')}${meant}${hint}`, 2);
}
