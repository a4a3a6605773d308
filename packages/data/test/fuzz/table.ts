import type { Line } from './worker.js';

/** What the inputs of one reader came to. */
export interface Tally {
  readonly reader: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly refused: number;
  readonly failed: number;
  /** Largest of the inputs: processor time in ms, memory beyond what the process had and memory asked for at once in bytes. */
  readonly ms: number;
  readonly memory: number;
  readonly asked: number;
}

export function tallies(lines: readonly Line[]): Tally[] {
  const readers = [...new Set(lines.map(({ reader }) => reader))];
  return readers.map((reader) => {
    const own = lines.filter((line) => line.reader === reader);
    const most = (key: 'ms' | 'memory' | 'asked') => own.reduce((top, line) => Math.max(top, line[key]), 0);
    const count = (outcome: Line['outcome']) => own.filter((line) => line.outcome === outcome).length;
    return {
      ...{ reader, inputs: own.length },
      ...{ accepted: count('accepted'), refused: count('refused'), failed: count('failed') },
      ...{ ms: most('ms'), memory: most('memory'), asked: most('asked') },
    };
  });
}

const HEAD = [
  'reader',
  'inputs',
  'accepted',
  'refused',
  'failed',
  'slowest, ms',
  'most memory, MiB',
  'largest request, MiB',
];
const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** A Markdown table, with a last row of all readers. */
export function tableText(lines: readonly Line[]): string {
  const rows = tallies(lines);
  const sum = (key: 'inputs' | 'accepted' | 'refused' | 'failed') => rows.reduce((total, row) => total + row[key], 0);
  const most = (key: 'ms' | 'memory' | 'asked') => rows.reduce((top, row) => Math.max(top, row[key]), 0);
  const all: Tally = {
    ...{
      reader: 'all',
      inputs: sum('inputs'),
      accepted: sum('accepted'),
      refused: sum('refused'),
      failed: sum('failed'),
    },
    ...{ ms: most('ms'), memory: most('memory'), asked: most('asked') },
  };
  const cells = [...rows, all].map(({ reader, inputs, accepted, refused, failed, ms, memory, asked }) => [
    ...[reader, inputs, accepted, refused, failed].map(String),
    ...[ms.toFixed(0), mib(memory), mib(asked)],
  ]);
  const widths = HEAD.map((title, k) => Math.max(title.length, ...cells.map((row) => row[k]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, k) => (k === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(HEAD), rule, ...cells.map(line)].join('\n');
}
