/** A copy in which every number that is not an integer has at most `digits` significant digits. */
export function roundNumbers<T>(value: T, digits: number): T {
  if (typeof value === 'number') {
    return (Number.isFinite(value) && !Number.isInteger(value) ? Number(value.toPrecision(digits)) : value) as T;
  }
  if (Array.isArray(value)) return value.map((v) => roundNumbers(v, digits)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, roundNumbers(v, digits)])) as T;
}
