import { columns } from '../cli/columns.js';
import type { CheckResult, Tally } from './check.js';

/** `data check` for people: what is there, then one line for each problem, then the verdict. */
export function checkText(result: CheckResult, strict: boolean): string {
  const { slides, tiles, classes, nonFinite, splits, problems } = result;
  const all = slides.read + slides.unreadable;
  const facts = columns([
    [
      'slides',
      `${all}${slides.unreadable > 0 ? `, ${slides.unreadable} of them not readable` : ''}${slides.empty > 0 ? `, ${slides.empty} empty` : ''}`,
    ],
    ['tiles', `${tiles.sum} in all, ${tiles.min} / ${tiles.median} / ${tiles.max} a slide (min / median / max)`],
    [
      'features',
      `D = ${tallyText(result.dims, all)}; ${tallyText(result.types, all)}; ${tallyText(result.formats, all)}`,
    ],
    [
      'coordinates',
      `${result.coords} of ${slides.read} slides${result.instanceLabels > 0 ? `; labels of tiles: ${result.instanceLabels}` : ''}`,
    ],
    [
      'not finite',
      nonFinite.numbers === 0
        ? 'none'
        : `${nonFinite.numbers} numbers in ${nonFinite.slides} slide${nonFinite.slides === 1 ? '' : 's'}`,
    ],
    [
      'labels',
      `from ${result.labelsFrom}${classes ? `: ${classes.map((each) => `${each.slides} ${each.name}`).join(', ')}` : ''}`,
    ],
    ['patients', result.patients === undefined ? 'not named: every slide counts as one' : String(result.patients)],
    ['splits', `from ${result.splitsFrom}`],
  ]);
  const table =
    splits.length === 0
      ? []
      : [
          columns([
            ['split', 'train', 'val', 'test'],
            ...splits.map(({ name, train, val, test }) => [name, `${train}`, `${val}`, `${test}`]),
          ]),
        ];
  const errors = problems.filter(({ level }) => level === 'error');
  const lines = problems.map(({ level, message }) => `${level}: ${message}`);
  return [
    facts,
    ...table,
    ...(lines.length > 0 ? [lines.join('\n')] : []),
    verdict(errors.length, problems.length - errors.length, strict),
  ].join('\n\n');
}

function verdict(errors: number, warnings: number, strict: boolean): string {
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  if (errors > 0) return `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  if (warnings === 0) return 'nothing is wrong';
  return `no errors, ${count(warnings, 'warning')}${strict ? ', which count with --strict' : ''}`;
}

/** One value alone, or each with its number of slides. */
function tallyText(tally: Tally, all: number): string {
  if (tally.length === 0) return 'unknown';
  if (tally.length === 1 && tally[0]!.slides === all) return tally[0]!.value;
  return tally.map(({ value, slides }) => `${value} (${slides})`).join(', ');
}
