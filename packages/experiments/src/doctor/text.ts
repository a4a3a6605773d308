import type { Diagnosis } from './types.js';

const MARKS = { ok: 'ok  ', note: 'note', bad: 'BAD ' } as const;

/** A diagnosis as lines for a terminal and for a report of an error. */
export function diagnosisText({ findings, healthy }: Diagnosis): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.map(
    ({ state, what, found, how }) => `${MARKS[state]}  ${what.padEnd(width)}  ${found}${how ? `: ${how}` : ''}`,
  );
  return [...lines, healthy ? 'Everything that a run needs is in order.' : 'Lines marked BAD stand in the way.'].join(
    '\n',
  );
}
