import type { Provenance } from '../types.js';
import { fixed, NONE, significant } from './format.js';
import type { Summary } from './summary.js';
import type { ReportTable } from './tables.js';

/** How the paper's rows name the seconds of an epoch. */
export const PAPER_SECONDS = 'time_per_epoch_s';

/**
 * Time of an epoch by setting, beside the paper's: seconds belong to a machine, so each is also given in relation to the
 * reference's. Null without times.
 */
export function epochTimeTable(summary: Summary, provenance: Provenance): ReportTable | null {
  const { epochSeconds } = provenance;
  const { experiment, reference, cells } = summary;
  const base = reference && epochSeconds?.[reference.key];
  if (!epochSeconds || !base) return null;
  const printed = (key: string): number | null =>
    experiment.paper.rows.find(({ cell }) => cell === key)?.values[PAPER_SECONDS]?.mean ?? null;
  const paperBase = printed(reference.key);
  const seconds = (value: number | null) => ({ text: value === null ? NONE : significant(value), sort: value });
  const ratio = (value: number | null, to: number | null) => {
    const found = value === null || to === null ? null : value / to;
    return { text: found === null ? NONE : fixed(found, 2), sort: found };
  };
  return {
    title: 'Time of an epoch',
    columns: [
      { group: '', label: experiment.factor.label, text: true },
      { group: 'here', label: 'seconds' },
      { group: 'here', label: `times ${reference.label}` },
      { group: 'paper', label: 'seconds', alone: 'seconds (paper)' },
      { group: 'paper', label: `times ${reference.label}`, alone: `times ${reference.label} (paper)` },
    ],
    rows: cells.map((cell, i) => {
      const own = epochSeconds[cell.key] ?? null;
      const theirs = printed(cell.key);
      return {
        reference: cell.reference,
        cells: [
          { text: cell.label, sort: i },
          seconds(own),
          ratio(own, base),
          seconds(theirs),
          ratio(theirs, paperBase),
        ],
      };
    }),
    notes: [
      "Median over the runs of wall time by number of epochs, validation and test included. Runs share the machine with each other, so factors below two say nothing; the paper's seconds are of its own machine and slides.",
    ],
  };
}
