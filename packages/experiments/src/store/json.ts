/** JSON with NaN and infinities written as `{"$number":"NaN"}`: a run that diverged keeps the numbers it had. */
export function stringify(value: unknown, space?: number): string {
  const replacer = (_key: string, v: unknown): unknown =>
    typeof v === 'number' && !Number.isFinite(v) ? { $number: String(v) } : v;
  return JSON.stringify(value, replacer, space);
}

/** The inverse of `stringify`. */
export function parse(text: string): unknown {
  return JSON.parse(text, (_key, v: unknown) =>
    v !== null && typeof v === 'object' && '$number' in v ? Number(v.$number) : v,
  );
}
