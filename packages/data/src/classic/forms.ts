import { sha256 } from '../fetch/checksum.js';
import { FLAG_EXCEPTIONS, LABEL_COLUMN } from './label-column.js';
import type { ClassicSet } from './sets.js';

/** How a classic set is given to a model. */
export interface Form {
  /** Follows the set's name, with a hyphen; empty for the set itself. */
  readonly suffix: string;
  /** Whether the bag's label stands in the features. */
  readonly labelColumn: boolean;
  /** Whether columns are standardised with the fold's training instances. */
  readonly standardised: boolean;
  /** `stratified`: the published folds. `contiguous`: ten parts of the file as it stands. */
  readonly folds: 'stratified' | 'contiguous';
  /** Follows the set's title. */
  readonly title: string;
  /** One line for `pnpm data list`, and for the provenance. */
  readonly what: string;
}

/** The set itself. */
export const CLEAN: Form = {
  suffix: '',
  labelColumn: false,
  standardised: true,
  folds: 'stratified',
  title: '',
  what: '',
};

/** The two forms in which the bag's label is one of the features, for showing what that does to published numbers. */
export const FORMS_WITH_LABEL: readonly Form[] = [
  {
    suffix: 'with-label-column',
    labelColumn: true,
    standardised: true,
    folds: 'stratified',
    title: LABEL_COLUMN,
    what: `${LABEL_COLUMN}; otherwise as the set itself`,
  },
  {
    suffix: 'as-published',
    labelColumn: true,
    standardised: false,
    folds: 'contiguous',
    title: `as published, ${LABEL_COLUMN}`,
    what: `${LABEL_COLUMN}, raw features, folds that are parts of the file`,
  },
];

/** The sets whose published files have the column. */
export const SETS_WITH_LABEL: readonly string[] = ['musk1', 'musk2', 'fox', 'tiger', 'elephant'];

export const nameOf = (set: ClassicSet, { suffix }: Form): string => (suffix ? `${set.name}-${suffix}` : set.name);

export const titleOf = ({ title }: ClassicSet, form: Form): string => (form.title ? `${title} (${form.title})` : title);

export function provenanceOf({ provenance }: ClassicSet, form: Form): string {
  if (!form.labelColumn) return provenance;
  return `${provenance} With the label of each bag as a last column, made here as it stands in the files that the programs of RGMIL and PSMIL read: ${form.what}. Not a fair input: it holds the answer.`;
}

/** The set's checksum, or a hash of it with all that the form changes. */
export function fingerprintOf({ name, textSha256 }: ClassicSet, form: Form): string {
  if (!form.labelColumn) return textSha256;
  const { standardised, folds } = form;
  const zeros = FLAG_EXCEPTIONS[name] ?? {};
  return sha256(JSON.stringify({ version: 1, textSha256, labelColumn: zeros, standardised, folds }));
}
