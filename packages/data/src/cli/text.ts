import type { Exported } from '../export/export-cohort.js';
import type { CohortSummary, Count } from '../summary.js';
import { columns } from './columns.js';

export type ListRow = { readonly name: string; readonly summary: string; readonly simulated: boolean } & (
  | { readonly ready: true }
  | { readonly ready: false; readonly how: string }
);

/** `data export` for people. */
export function exportText(out: string, { slides, splits, annotations }: Exported): string {
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  return `${out}: ${count(slides, 'slide')}, ${count(splits, 'split')}, ${count(annotations, 'annotation file')}; look at them with pnpm data check ${out}`;
}

/** `data list` for people. */
export function listText(rows: readonly ListRow[]): string {
  return columns(
    rows.map((row) => [
      row.name,
      row.simulated ? 'simulated' : 'real',
      row.summary,
      row.ready ? 'ready' : `not here: ${row.how}`,
    ]),
  );
}

/** `data info` for people. */
export function summaryText(summary: CohortSummary): string {
  const { instances, classes } = summary;
  const facts = columns([
    ['name', summary.name],
    ['kind', summary.simulated ? 'simulated' : 'real data'],
    ['classes', classes.join(', ')],
    ['bags', countText(summary.all, classes)],
    ['groups', `${summary.groups} (bags of one group stay on one side of a split)`],
    [
      'instances',
      instances
        ? `${instances.min} / ${instances.median} / ${instances.max} a bag (min / median / max)`
        : 'known after loading',
    ],
    ['features', `D = ${summary.dim}`],
    ['origin', summary.provenance],
    ['fingerprint', summary.fingerprint],
  ]);
  const splits = columns([
    ['split', 'train', 'val', 'test'],
    ...summary.splits.map(({ name, train, val, test }) => [name, ...[train, val, test].map((side) => sideText(side))]),
  ]);
  const leaks = `leak check: no bag and no group stands on two sides in ${summary.splits.length} split${summary.splits.length === 1 ? '' : 's'}`;
  return [
    summary.title,
    '',
    facts,
    '',
    `splits of split seed ${summary.splitSeed}, bags (${classes.join(' + ')})`,
    splits,
    leaks,
  ].join('\n');
}

function countText({ bags, byClass }: Count, classes: readonly string[]): string {
  return `${bags} (${byClass.map((count, label) => `${count} ${classes[label]}`).join(', ')})`;
}

const sideText = ({ bags, byClass }: Count): string => (bags === 0 ? 'none' : `${bags} (${byClass.join(' + ')})`);
