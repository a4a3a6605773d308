/**
 * The shortest decimal that reads back as the same float64, in the notation of Python's `repr`: an exponent below 1e-4 and
 * from 1e16 on, with at least two digits; whole numbers without a point.
 */
export function numberText(value: number): string {
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 16) return String(value);
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** Rounds to significant digits by the exact binary value, ties to the even digit (C's `%.*g`; `toPrecision` rounds up). */
export function roundToDigits(value: number, digits: number): number {
  const rounded = Number(value.toPrecision(digits));
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  const shortest = mantissa.replace(/\D/g, '');
  // A tie has exactly one digit more, a 5; a value that only prints like one has further digits.
  if (shortest.length !== digits + 1 || !shortest.endsWith('5')) return rounded;
  if (
    /[1-9]/.test(
      value
        .toExponential(60)
        .split('e')[0]!
        .replace(/\D/g, '')
        .slice(digits + 1),
    )
  )
    return rounded;
  const even = Number(shortest[digits - 1]) % 2 === 0;
  return even ? Number(`${mantissa.slice(0, -1)}e${exponent}`) : rounded;
}
