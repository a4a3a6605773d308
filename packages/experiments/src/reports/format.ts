import type { PaperValue } from '../types.js';

/** What a table shows where there is no number. */
export const NONE = '–';

/** Three decimals like the paper's tables, with a true minus sign. */
export function fixed(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** As `fixed`, with the sign always written: for differences. */
export function signed(value: number | null | undefined, digits = 3): string {
  const text = fixed(value, digits);
  return text === NONE || text.startsWith('−') || Number(text) === 0 ? text : `+${text}`;
}

/** `0.781 ± 0.042`; the mean alone without a std. */
export function meanStd(value: PaperValue | { mean: number | null; std: number | null } | null | undefined): string {
  if (!value || value.mean === null) return NONE;
  return value.std === null ? fixed(value.mean) : `${fixed(value.mean)} ± ${fixed(value.std)}`;
}

/** `0.034`, `< 0.001`; a dash where no test was possible. */
export function pText(p: number | null | undefined): string {
  if (p === null || p === undefined) return NONE;
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** `p = 0.034` or `p < 0.001`. */
export function pPhrase(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}

/** Below this a number stands with its exponent, so that those of one column read alike. */
const SMALL = 1e-4;

/** Three significant digits, zeros included, for quantities that span decades: `0.000440`, `4.40e−7`, `3,370`. */
export function significant(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (Math.abs(value) >= 1000) return Number(value.toPrecision(3)).toLocaleString('en').replace('-', '−');
  if (value === 0) return '0';
  return (Math.abs(value) < SMALL ? value.toExponential(2) : value.toPrecision(3)).replaceAll('-', '−');
}

/** Entropy / ln N: three decimals, or five where three would all read 1.000. */
export function entropyText(value: number | null | undefined): string {
  return fixed(value, value != null && value > 0.995 ? 5 : 3);
}

/** A factor in words of two digits: `0.063`, `16`, `1,240`. */
export function times(value: number): string {
  return value < 99.5 ? value.toPrecision(2) : Math.round(value).toLocaleString('en');
}

/** Seconds as people say them: `38 s`, `12 min`, `2 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `3 runs`, `1 run`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/** `a, b and c`. */
export function listing(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** Rounds to `digits` significant digits, which keeps inline data small. */
export function rounded(value: number, digits = 5): number {
  return Number(value.toPrecision(digits));
}

/** The text with a capital letter in front. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
