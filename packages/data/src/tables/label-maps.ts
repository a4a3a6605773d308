/** Labels that are merged into classes. */
export interface LabelMap {
  /** In their order. */
  readonly classes: readonly string[];
  /** Label → class name. */
  readonly of: Readonly<Record<string, string>>;
}

/** BRACS's seven types by their codes: normal, pathological benign, usual ductal hyperplasia, flat epithelial atypia, … */
export const BRACS_TYPES = ['N', 'PB', 'UDH', 'FEA', 'ADH', 'DCIS', 'IC'] as const;

/** From the class of each of the seven types; a table may have their codes or their names. */
function bracs(classes: readonly string[], classOf: readonly number[]): LabelMap {
  const of = BRACS_TYPES.flatMap((type, code) =>
    [type, String(code)].map((label) => [label, classes[classOf[code]!]!] as const),
  );
  return { classes, of: Object.fromEntries(of) };
}

/** Maps by name. The merging of BRACS's types is that of the benchmark (Brancati et al. 2022; dazhangyu123/ACMIL@e53d19c). */
export const LABEL_MAPS: Readonly<Record<string, LabelMap>> = {
  bracs3: bracs(['benign', 'atypical', 'malignant'], [0, 0, 0, 1, 1, 2, 2]),
  bracs2: bracs(['benign', 'atypical or malignant'], [0, 0, 0, 1, 1, 1, 1]),
};
