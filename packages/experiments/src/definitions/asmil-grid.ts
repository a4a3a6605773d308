import { type PaperTableRow, paperTable, paperValue } from '../paper/tables.js';
import type { Cell, Experiment, PaperRow, Preset } from '../types.js';

/*
 * What the ablations of ASMIL share. The control: wherever the anchor is studied, a fixed uniform target 1/N stands in its
 * place in one more row, since any pull towards a flat target also makes attention move less.
 */

/** The paper's setting: 8 FEAT tokens, each dropped with probability 0.5, an NSF anchor of momentum 0.999, β = 1. */
export const ASMIL_CONFIG = { variant: 'paper', nFeat: 8, dropRate: 0.5, emaM: 0.999 } as const;

type Settings = Readonly<Record<string, unknown>>;

/** One row of an ablation: what differs from the paper's setting. */
export function asmilCell(
  key: string,
  label: string,
  factors: Cell['factors'],
  differs: Settings = {},
  more: Partial<Pick<Cell, 'reference' | 'train' | 'baseline'>> = {},
): Cell {
  return { key, label, factors, ...more, model: { name: 'asmil', config: { ...ASMIL_CONFIG, ...differs } } };
}

/** The control row: the fixed target 1/N where the anchor's would be. */
export function uniformCell(factors: Cell['factors'], differs: Settings = {}): Cell {
  return asmilCell('uniform', 'uniform target (control)', factors, { ...differs, anchor: 'uniform' });
}

/** F1, AUC and `more` of a table's rows, beside the cells that `keyOf` names; rows without a key are left out. */
export function paperRows(
  table: number,
  keyOf: (row: PaperTableRow) => string | null,
  more: readonly string[] = [],
): PaperRow[] {
  return paperTable(table).rows.flatMap((row) => {
    const cell = keyOf(row);
    if (cell === null) return [];
    const values = Object.fromEntries(['F1', 'AUC', ...more].map((column) => [column, paperValue(row, column)]));
    return [{ cell, dataset: String(row.dataset), values }];
  });
}

/** Presets of an ablation: quick in about a minute natively, standard with three runs a cell, paper as in Appendix D. */
export function gridPresets(minutes: number): Experiment['presets'] {
  const preset = (name: Preset['name'], summary: string, rest: Omit<Preset, 'name' | 'summary'>): Preset => ({
    name,
    summary,
    ...rest,
  });
  return {
    // PAPER: lr 1e-4 for 50 epochs. Eight epochs at that rate end before the model has learnt anything.
    quick: preset('quick', 'a minute or two: a small cohort, 1 seed, one split, 8 epochs', {
      seeds: 1,
      splits: 1,
      train: { epochs: 8, lr: 2e-4 },
    }),
    standard: preset(
      'standard',
      `about ${minutes} minutes on two cores with the native engine: a larger cohort, 3 seeds (or folds), all epochs`,
      { seeds: 3, seedsPerFold: 1, foldsFrom: 3, splits: 3, train: {} },
    ),
    paper: preset('paper', 'hours: the full cohort, 5 seeds, every split, all epochs', {
      seeds: 5,
      splits: Number.POSITIVE_INFINITY,
      train: {},
    }),
  };
}
