import type { BagInfo } from '@asmil/core';
import type { SlideHeader } from '../features/slide.js';
import { classify } from '../tables/classes.js';
import type { LabelRow } from '../tables/labels.js';
import { listed, type Report } from '../tables/problem.js';
import { knownName } from '../tables/slide-name.js';
import type { Scan } from './scan.js';
import type { Tables } from './tables.js';

/** Rows of the label table by the names of the slides that are there; and what is on one side alone. */
export interface Matched {
  readonly rows: ReadonlyMap<string, LabelRow>;
  /** Labels without features. */
  readonly absent: readonly string[];
  /** Features without a label. */
  readonly unlabelled: readonly string[];
}

/** Brings label rows and feature files together by the slides' names. Without a table every slide is its own patient. */
export function matchRows({ slides }: Scan, { rows }: Tables, report: Report): Matched | undefined {
  if (!rows) return undefined;
  const found = new Map<string, LabelRow>();
  const absent: string[] = [];
  for (const row of rows) {
    const id = knownName(row.slide, slides);
    if (id === undefined) absent.push(row.slide);
    else if (!found.has(id)) found.set(id, row);
    else {
      const message = `${row.where}: ${row.slide} means the slide ${id}, as ${found.get(id)!.slide} does; leave one line out`;
      report({ level: 'error', slide: id, message });
    }
  }
  return { rows: found, absent, unlabelled: [...slides.keys()].filter((id) => !found.has(id)) };
}

/** `3 slides have a label and no features: a, b, c`. */
export const absentText = (ids: readonly string[], from: string): string =>
  `${from}: ${ids.length === 1 ? '1 slide has' : `${ids.length} slides have`} a label and no features: ${listed(ids)}`;

export const noLabelText = (id: string, file: string, from: string): string =>
  `slide ${id}: ${file}: it has no label in ${from}`;

export const unlabelledText = (ids: readonly string[], from: string): string =>
  `${from}: ${ids.length === 1 ? '1 slide has' : `${ids.length} slides have`} features and no label: ${listed(ids)}`;

/** The bags of a folder: slides with features and a label. */
export function bagsOf(
  headers: readonly SlideHeader[],
  matched: Matched | undefined,
  tables: Tables,
  scan: Scan,
  report: Report,
): { bags: BagInfo[]; classes: readonly string[] } {
  const rows = headers.flatMap((header): LabelRow[] => {
    const { id } = header;
    const row = matched?.rows.get(id);
    if (row) return [{ ...row, slide: id }];
    if (matched || header.label === undefined) return [];
    return [{ slide: id, label: String(header.label), patient: id, where: scan.slides.get(id)!.features.name }];
  });
  if (rows.length === 0) return { bags: [], classes: [] };
  const { classes, labels } = classify(rows, tables.classes, report);
  const sizes = new Map(headers.map(({ id, n }) => [id, n]));
  const bags = rows.flatMap(({ slide: id, patient }) => {
    const label = labels.get(id);
    return label === undefined ? [] : [{ id, label, group: patient, n: sizes.get(id)! }];
  });
  return { bags, classes };
}

/** The width that most slides have, and one line for each slide that has another. Empty slides may have any. */
export function dimOf(headers: readonly SlideHeader[], scan: Scan, report: Report): number {
  const counts = new Map<number, number>();
  for (const { dim, n } of headers) if (n > 0) counts.set(dim, (counts.get(dim) ?? 0) + 1);
  const [usual] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  if (!usual) return 0;
  const [dim, count] = usual;
  for (const { id, dim: own, n } of headers)
    if (n > 0 && own !== dim) {
      const { name } = scan.slides.get(id)!.features;
      const others = `${count} other${count === 1 ? '' : 's'}`;
      report({ level: 'error', slide: id, message: `slide ${id}: ${name}: ${otherWidth(own, dim, others)}` });
    }
  return dim;
}

export const otherWidth = (own: number, dim: number, others: string): string =>
  `${own} features a tile, expected ${dim} as ${others} have; extract it with the same encoder`;
