import { fixed, significant } from '../reports/format.js';
import type { TableCell } from '../reports/tables.js';

export const column = (label: string, text = false) => ({ group: '', label, text });

export function number(value: number | null | undefined, digits?: number): TableCell {
  return { text: digits === undefined ? significant(value) : fixed(value, digits), sort: value ?? null };
}

export const whole = (value: number): TableCell => ({ text: value.toLocaleString('en'), sort: value });
export const word = (text: string): TableCell => ({ text, sort: text });
