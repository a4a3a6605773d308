import { Predictor } from '@asmil/baselines';
import { type Cohort, type Split, UserError, writeFileWhole } from '@asmil/core';
import { type SlideScores, scoreSlides } from './score.js';
import { predictionsCsv, textTable } from './table.js';
import type { Unusable } from './unusable.js';

export const PARTS = ['test', 'val', 'train', 'all'] as const;
export type Part = (typeof PARTS)[number];

/** Scores a checkpoint on a part of a fold; `out` names a file for the predictions of every slide. */
export async function evaluateCheckpoint(
  path: string,
  cohort: Cohort,
  fold: Split,
  part: Part,
  out: string | undefined,
  unusable: Unusable,
): Promise<SlideScores> {
  const predictor = await Predictor.load(path);
  try {
    const { classes } = predictor;
    checkFits(path, predictor, cohort);
    const scores = await scoreSlides(predictor, cohort, fold, slidesOfPart(cohort, fold, part), unusable);
    if (out !== undefined) await writeFileWhole(out, predictionsCsv(scores.slides, classes));
    return scores;
  } finally {
    predictor.dispose();
  }
}

/** Throws `UserError` for a model of other features or another number of classes than the cohort's. */
export function checkFits(path: string, { classes, model }: Predictor, cohort: Cohort): void {
  const { input } = model.dims;
  if (cohort.dim !== input && cohort.dim > 0)
    throw new UserError(
      `${cohort.name}: features of ${cohort.dim} numbers a tile, the model was trained on ${input}: use the same encoder`,
    );
  if (classes.length === cohort.classes.length) return;
  throw new UserError(
    `${path} tells ${classes.length} classes apart (${classes.join(', ')}), ${cohort.name} has ${cohort.classes.length} (${cohort.classes.join(', ')})`,
  );
}

export const slidesOfPart = (cohort: Cohort, fold: Split, part: Part): readonly string[] =>
  part === 'all' ? cohort.bags.map(({ id }) => id) : fold[part];

const shown = (value: number | null): string => (value === null ? '–' : value.toFixed(3));

/** The scores in a few lines: overall, by class, and which class was taken for which. */
export function evaluationText({ scores, perClass, confusion }: SlideScores): string {
  const { n, macroF1, macroAuc, accuracy, crossEntropy } = scores;
  const names = perClass.map(({ name }) => name);
  return [
    `${n} slides: macro F1 ${shown(macroF1)}, macro AUC ${shown(macroAuc)}, accuracy ${shown(accuracy)}, cross entropy ${shown(crossEntropy)} nats`,
    '',
    textTable(
      ['class', 'slides', 'F1', 'AUC'],
      perClass.map((row) => [row.name, String(row.n), shown(row.f1), shown(row.auc)]),
    ),
    '',
    textTable(
      ['true class', ...names.map((name) => `as ${name}`)],
      confusion.map((row, c) => [names[c]!, ...row.map(String)]),
    ),
  ].join('\n');
}
