import type { Bag, BagInfo, Cohort, Split } from '@asmil/core';
import { UserError } from '@asmil/core';
import { contiguousFolds, MIXED_ORDER } from './contiguous.js';
import { FOLD_OF_BAG } from './folds.js';
import { CLEAN, type Form, fingerprintOf, nameOf, provenanceOf, titleOf } from './forms.js';
import { LABEL_COLUMN, withLabelColumn } from './label-column.js';
import type { ClassicSet } from './sets.js';
import type { MilTable } from './table.js';

/** A deviation below this counts as none: a constant column's computed deviation is about 1e-17, not 0. */
const SMALLEST_DEVIATION = 1e-8;

interface Columns {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/**
 * A classic set as a cohort. `splits(r)`, r from 0 to 4, gives the ten folds of run r (`run0-fold0`, …), with no validation
 * set. `load` standardises every column with the mean and population deviation of the fold's training instances. Other
 * forms than the set itself have the bag's label among the features, and say so in name, title and caveat.
 */
export function classicCohort(set: ClassicSet, file: MilTable, form: Form = CLEAN): Cohort {
  const table = form.labelColumn ? withLabelColumn(set.name, file) : file;
  const name = nameOf(set, form);
  const count = table.labels.length;
  const width = String(count).length;
  const ids = Array.from({ length: count }, (_, b) => `${set.name}-${String(b + 1).padStart(width, '0')}`);
  const indexOf = new Map(ids.map((id, b) => [id, b]));
  const bags: BagInfo[] = ids.map((id, b) => ({
    id,
    label: table.labels[b]!,
    group: id,
    n: table.starts[b + 1]! - table.starts[b]!,
  }));
  const columnsOf = new WeakMap<Split, Columns>();
  const bagIndex = (id: string): number => {
    const b = indexOf.get(id);
    if (b === undefined) throw new UserError(`no bag ${id} in ${name}: bags are ${ids[0]} to ${ids.at(-1)}`);
    return b;
  };
  return {
    name,
    title: titleOf(set, form),
    simulated: false,
    ...(form.labelColumn ? { caveat: LABEL_COLUMN } : {}),
    provenance: provenanceOf(set, form),
    classes: set.classes,
    dim: table.dim,
    bags,
    fingerprint: fingerprintOf(set, form),
    splits: (splitSeed) => splitsOf(name, ids, splitSeed, testFolds(set, form, splitSeed)),
    async load(id, split): Promise<Bag> {
      const b = bagIndex(id);
      let columns = columnsOf.get(split);
      if (!columns) {
        columns = form.standardised ? trainingColumns(table, split.train.map(bagIndex)) : asTheyAre(table.dim);
        columnsOf.set(split, columns);
      }
      const features = standardise(table, b, columns);
      return { id, n: bags[b]!.n!, d: table.dim, features, label: table.labels[b]! };
    },
  };
}

/** The bags of each test fold of a run, with the fold's number; undefined for a run that the protocol does not have. */
function testFolds(
  set: ClassicSet,
  form: Form,
  run: number,
): { fold: number; bags: ReadonlySet<number> }[] | undefined {
  const foldOf = FOLD_OF_BAG[set.name]?.[run];
  if (foldOf === undefined) return undefined;
  if (form.folds === 'contiguous') {
    const folds = contiguousFolds(foldOf.length); // the same in every run
    return MIXED_ORDER.map((fold) => ({ fold, bags: new Set(folds[fold]) }));
  }
  const all = [...foldOf].map(Number);
  return Array.from({ length: 10 }, (_, fold) => ({
    fold,
    bags: new Set(all.flatMap((f, b) => (f === fold ? [b] : []))),
  }));
}

function splitsOf(name: string, ids: readonly string[], run: number, folds: ReturnType<typeof testFolds>): Split[] {
  if (folds === undefined)
    throw new UserError(`${name} has no split seed ${run}: its protocol has the runs 0 to 4, give one of them`, 2);
  return folds.map(({ fold, bags }) => ({
    name: `run${run}-fold${fold}`,
    train: ids.filter((_, b) => !bags.has(b)),
    val: [],
    test: ids.filter((_, b) => bags.has(b)),
  }));
}

/** Columns whose standardising changes nothing. */
const asTheyAre = (dim: number): Columns => ({ mean: new Float64Array(dim), deviation: new Float64Array(dim).fill(1) });

/** Mean and population standard deviation of every column over the instances of the given bags, in float64. */
export function trainingColumns(table: MilTable, bags: readonly number[]): Columns {
  const { dim, starts, values } = table;
  const mean = new Float64Array(dim);
  const deviation = new Float64Array(dim);
  let rows = 0;
  const eachRow = (visit: (at: number) => void) => {
    for (const b of bags) for (let row = starts[b]!; row < starts[b + 1]!; row++) visit(row * dim);
  };
  eachRow((at) => {
    rows++;
    for (let j = 0; j < dim; j++) mean[j]! += values[at + j]!;
  });
  for (let j = 0; j < dim; j++) mean[j]! /= rows;
  eachRow((at) => {
    for (let j = 0; j < dim; j++) deviation[j]! += (values[at + j]! - mean[j]!) ** 2;
  });
  for (let j = 0; j < dim; j++) {
    const sd = Math.sqrt(deviation[j]! / rows);
    deviation[j] = sd < SMALLEST_DEVIATION ? 1 : sd;
  }
  return { mean, deviation };
}

/** The rows of one bag, [N, D], standardised in float64 and then rounded to float32. */
function standardise(table: MilTable, bag: number, { mean, deviation }: Columns): Float32Array {
  const { dim, starts, values } = table;
  const first = starts[bag]! * dim;
  const out = new Float32Array((starts[bag + 1]! - starts[bag]!) * dim);
  for (let i = 0; i < out.length; i++) out[i] = (values[first + i]! - mean[i % dim]!) / deviation[i % dim]!;
  return out;
}
