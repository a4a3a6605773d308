import type { AttentionState } from './attention.js';
import { entropyText, fixed, significant } from './format.js';

/** One number about attention as every report shows it: never movement without concentration beside it. */
export interface AttentionColumn {
  readonly field: keyof AttentionState;
  readonly label: string;
  /** What it is, for a note. */
  readonly meaning: string;
  readonly text: (value: number | null | undefined) => string;
}

export const ATTENTION_COLUMNS: readonly AttentionColumn[] = [
  { field: 'jsd', label: 'JSD (nats)', meaning: 'JSD between consecutive epochs (0: stands still)', text: significant },
  { field: 'entropy', label: 'entropy / ln N', meaning: 'entropy / ln N (1: flat)', text: entropyText },
  {
    field: 'peak',
    label: 'largest weight × N',
    meaning: 'largest weight × N (1: flat, N: all on one tile)',
    text: significant,
  },
  {
    field: 'halfMass',
    label: 'tiles with half the mass',
    meaning: 'share of the tiles that hold half of the mass (0.5: flat)',
    text: (value) => fixed(value),
  },
  {
    field: 'instanceMass',
    label: 'mass on labelled instances',
    meaning: 'attention mass on labelled instances, in bags that have some',
    text: (value) => fixed(value),
  },
  {
    field: 'instanceAuc',
    label: 'instance AUC',
    meaning: 'AUC of attention against the instance labels within a bag (0.5: chance)',
    text: (value) => fixed(value),
  },
];

/** The columns that some of these states have a value for. */
export function attentionColumns(states: readonly (AttentionState | null)[]): AttentionColumn[] {
  return ATTENTION_COLUMNS.filter(({ field }) => states.some((state) => state?.[field] != null));
}
