import { UserError } from '@asmil/core';
import { shown } from '../files/shown.js';
import { LABEL_MAPS, type LabelMap } from './label-maps.js';
import type { LabelRow } from './labels.js';
import { listed, type Report } from './problem.js';

export interface ClassOptions {
  /** Class names in their order: the place in the list is the label. */
  readonly classes?: readonly string[];
  /** Labels that are merged or renamed first: a map by name, or label → class name. */
  readonly labelMap?: string | Readonly<Record<string, string>>;
}

export interface Classified {
  readonly classes: readonly string[];
  /** Class index by slide; slides with a label that is none are left out. */
  readonly labels: ReadonlyMap<string, number>;
}

/**
 * The classes of a label table. Whole numbers from 0 on (also as `1.0`) are class indices; texts need the order of the classes,
 * which is never taken from the order of names. A label that is none goes to `report`. Throws `UserError` where there is no
 * order.
 */
export function classify(
  rows: readonly Pick<LabelRow, 'slide' | 'label' | 'where'>[],
  options: ClassOptions,
  report: Report,
): Classified {
  const map = mapOf(options.labelMap);
  const order = options.classes ?? map?.classes;
  const mapped = rows.map((row) => ({
    ...row,
    label: wholeText(map ? (map.of[wholeText(row.label)] ?? row.label) : row.label),
  }));
  const classes = order ?? numbered(mapped);
  if (new Set(classes).size < classes.length || classes.length < 2)
    throw new UserError(`found the classes ${classes.map(shown).join(', ')}, expected two or more different names`, 2);
  const labels = new Map<string, number>();
  for (const { slide, label, where } of mapped) {
    const named = classes.indexOf(label);
    const index = named >= 0 ? named : /^\d+$/.test(label) && !map ? Number(label) : -1;
    if (index >= 0 && index < classes.length) labels.set(slide, index);
    else {
      const expected = `${listed(classes.map(shown), 10)}${map ? '' : ` or 0 to ${classes.length - 1}`}`;
      report({
        level: 'error',
        slide,
        message: `${where}: slide ${slide} has the label ${shown(label)}, expected ${expected}`,
      });
    }
  }
  return { classes, labels };
}

/** `1.0` is what some tables make of 1. */
const wholeText = (label: string): string => (/^\d+\.0*$/.test(label) ? label.replace(/\.0*$/, '') : label);

function numbered(rows: readonly { label: string }[]): string[] {
  const counts = new Map<string, number>();
  for (const { label } of rows) counts.set(label, (counts.get(label) ?? 0) + 1);
  const found = [...counts.keys()].sort();
  const indices = found.map(Number);
  const top = indices.reduce((most, index) => Math.max(most, index), Number.NEGATIVE_INFINITY);
  if (found.every((label) => /^\d+$/.test(label)) && top < 1000 && new Set(indices).size === top + 1)
    return Array.from({ length: top + 1 }, (_, i) => String(i));
  const texts = found.map((label) => `${shown(label)} (${counts.get(label)})`);
  throw new UserError(
    `found the labels ${listed(texts, 10)}: give the classes in their order, the positive or worst last: --classes ${found.slice(0, 10).map(shown).join(',')}`,
    2,
  );
}

function mapOf(map: ClassOptions['labelMap']): LabelMap | undefined {
  if (map === undefined) return undefined;
  if (typeof map === 'object') return { of: map, classes: [...new Set(Object.values(map))] };
  const found = LABEL_MAPS[map];
  if (found) return found;
  throw new UserError(`no label map "${shown(map)}", expected ${Object.keys(LABEL_MAPS).join(' or ')}`, 2);
}
