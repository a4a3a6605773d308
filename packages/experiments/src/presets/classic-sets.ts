import type { Place, Track } from '../types.js';

/** The five sets of the paper's Appendix N. */
const SETS = ['musk1', 'musk2', 'fox', 'tiger', 'elephant'] as const;

const places = (suffix: string, track?: Track): Place[] =>
  SETS.map((set) => ({ cohort: suffix ? `${set}-${suffix}` : set, ...(track ? { track } : {}) }));

/** The sets themselves: published stratified folds, standardised per fold. */
export const cleanSets = (track?: Track): readonly Place[] => places('', track);

/** The same with the bag's label as a last column. */
export const setsWithLabelColumn = (track?: Track): readonly Place[] => places('with-label-column', track);

/** With the column, raw features and contiguous folds, as published programs have them. */
export const setsAsPublished = (track?: Track): readonly Place[] => places('as-published', track);
