import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { Cell, Experiment } from '../types.js';
import { asmilCell, gridPresets, uniformCell } from './asmil-grid.js';

/*
 * The paper and its released code differ. From the paper's description one difference at a time towards the code, and from
 * the code one at a time back.
 *
 *   pnpm exp release-vs-paper
 */

const fromPaper = (key: string, label: string, differs: Readonly<Record<string, unknown>>): Cell =>
  asmilCell(`paper.${key}`, `paper, ${label}`, { variant: `paper, ${label}` }, differs);

const RELEASE = { variant: 'release', nFeat: 8, nDrop: 4 } as const;

const release = (
  key: string | null,
  label: string | null,
  differs: Readonly<Record<string, unknown>> = {},
  train?: Cell['train'],
): Cell => ({
  key: key === null ? 'release' : `release.${key}`,
  label: label === null ? 'release' : `release, ${label}`,
  factors: { variant: label === null ? 'release' : `release, ${label}` },
  model: { name: 'asmil', config: { ...RELEASE, ...differs } },
  ...(train ? { train } : {}),
});

export const releaseVsPaper: Experiment = {
  id: 'release-vs-paper',
  title: 'What the released code does differently',
  question:
    'The released code differs from the paper: its anchor never moves and starts from weights of its own, its term is a mean over tiles, and each token has an attention module of its own. What does each difference do to stability and F1?',
  paper: { kind: 'own', rows: [] },
  aliases: [],
  cohort: 'bracs-sim',
  factor: { name: 'variant', label: 'variant', kind: 'ordinal' },
  cells: [
    asmilCell('paper', 'paper', { variant: 'paper' }, {}, { reference: true }),
    fromPaper('frozen', 'anchor never moves', { emaM: 1 }),
    fromPaper('full', 'anchor with own reduction and tokens', { anchorScope: 'full' }),
    fromPaper('T=0.5', 'anchor at T = 0.5', { anchorTemp: 0.5 }),
    fromPaper('no-term', 'no anchor term', { anchor: 'none' }),
    uniformCell({ variant: 'paper, uniform target' }),
    release(null, null),
    release('T=1', 'anchor at T = 1', { temp: 1 }),
    release('ema', 'anchor moves', { fixEma: true }),
    release('copy', 'anchor starts as a copy', { copyStart: true }),
    release('sum', 'term summed over tiles', { sumOverTiles: true }),
    release('mended', 'all three mended', { fixEma: true, copyStart: true, sumOverTiles: true }),
    release('no-dropout', 'no dropout', { dropout: 0 }),
    release('own-optimiser', 'AdamW and clipping', {}, { optimiser: 'adamw', weightDecay: 1e-5, clip: 5 }),
  ],
  train: PAPER_TRAINING,
  presets: gridPresets(25),
};
