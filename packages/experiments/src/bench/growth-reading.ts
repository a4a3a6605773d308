import { count, fixed, listing } from '../reports/format.js';
import { growthOf, type SlideGrowth, slideGrowthOf } from './growth.js';
import type { BenchResults } from './types.js';

/** More curves than this are told by their smallest and largest slope alone. */
const ALL_NAMED = 4;
/** Slopes up to this are called linear: measurements of a few repetitions say no more. */
const LINEAR = 1.1;

interface Slope {
  readonly name: string;
  readonly value: number | null;
}

/** The slopes in sentences: time and memory against the size of the bag, then against the number of slides. */
export function growthReading({ rows, slides = [] }: BenchResults): string[] {
  const engines = new Set([...rows, ...slides].map(({ engine }) => engine)).size;
  const name = ({ model, engine }: { readonly model: string; readonly engine: string }): string =>
    engines > 1 ? `${model} on ${engine}` : model;
  const bags = growthOf(rows);
  const span = `from N = ${least(bags)} to ${most(bags)}`;
  const lines = [
    slopes(
      `Time of a step, ${span}`,
      bags.map((one) => ({ name: name(one), value: one.time })),
    ),
    slopes(
      `Peak memory above the engine’s own, ${span}`,
      bags.map((one) => ({ name: name(one), value: one.memory })),
    ),
  ];
  const many = slideGrowthOf(slides);
  for (const budgetMb of new Set(many.map((one) => one.budgetMb))) {
    const group = many.filter((one) => one.budgetMb === budgetMb);
    const kept = budgetMb === null ? 'all features kept' : `${budgetMb} MiB of features kept`;
    const over = `from ${least(group)} to ${most(group)} slides with ${kept}`;
    lines.push(
      slopes(
        `Time of an epoch and an evaluation, ${over}`,
        group.map((one) => ({ name: name(one), value: one.time })),
      ),
      slopes(
        `Peak memory above that after two slides, ${over}`,
        group.map((one) => ({ name: name(one), value: one.memory })),
        perSlide(group),
      ),
    );
  }
  return lines.filter((line) => line !== '');
}

/** `WHAT: slope 0.98 (abmil) and 1.02 (asmil), linear or less`; empty without a slope. */
function slopes(what: string, all: readonly Slope[], more = ''): string {
  const found = all.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]));
  if (found.length === 0) return '';
  const sorted = [...found].sort((a, b) => a.value - b.value);
  const text = ({ name, value }: { name: string; value: number }): string => `${fixed(value, 2)} (${name})`;
  const values =
    found.length <= ALL_NAMED ? listing(found.map(text)) : `${text(sorted[0]!)} to ${text(sorted.at(-1)!)}`;
  const above = sorted.filter(({ value }) => value > LINEAR).map(({ name }) => name);
  const verdict = above.length === 0 ? 'linear or less' : `more than linear for ${listing(above)}`;
  const which = found.length <= ALL_NAMED ? '' : ` over ${count(found.length, 'curve')}`;
  return `${what}: slope ${values}${which}; ${verdict}${more}.`;
}

/** `; 0.03 to 0.05 MiB a slide`. */
function perSlide(group: readonly SlideGrowth[]): string {
  const values = group.map(({ mbPerSlide }) => mbPerSlide);
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => fixed(value, 2));
  return `; ${low === high ? low : `${low} to ${high}`} MiB a slide`;
}

interface Span {
  readonly from: number;
  readonly to: number;
}
const least = (group: readonly Span[]): string => Math.min(...group.map(({ from }) => from)).toLocaleString('en');
const most = (group: readonly Span[]): string => Math.max(...group.map(({ to }) => to)).toLocaleString('en');
