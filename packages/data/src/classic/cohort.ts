import type { Bag, BagInfo, Cohort, Split } from '@asmil/core';
import { UserError } from '@asmil/core';
import { FOLD_OF_BAG } from './folds.js';
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
 * set. `load` standardises every column with the mean and population deviation of the fold's training instances.
 */
export function classicCohort(set: ClassicSet, table: MilTable): Cohort {
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
    if (b === undefined) throw new UserError(`no bag ${id} in ${set.name}: bags are ${ids[0]} to ${ids.at(-1)}`);
    return b;
  };
  return {
    name: set.name,
    title: set.title,
    simulated: false,
    provenance: set.provenance,
    classes: set.classes,
    dim: table.dim,
    bags,
    fingerprint: set.textSha256,
    splits: (splitSeed) => folds(set.name, ids, splitSeed),
    async load(id, split): Promise<Bag> {
      const b = bagIndex(id);
      let columns = columnsOf.get(split);
      if (!columns) {
        columns = trainingColumns(table, split.train.map(bagIndex));
        columnsOf.set(split, columns);
      }
      const features = standardise(table, b, columns);
      return { id, n: bags[b]!.n!, d: table.dim, features, label: table.labels[b]! };
    },
  };
}

function folds(name: string, ids: readonly string[], run: number): Split[] {
  const foldOf = FOLD_OF_BAG[name]?.[run];
  if (foldOf === undefined)
    throw new UserError(`${name} has no split seed ${run}: its protocol has the runs 0 to 4, give one of them`, 2);
  return Array.from({ length: 10 }, (_, fold) => ({
    name: `run${run}-fold${fold}`,
    train: ids.filter((_, b) => foldOf[b] !== String(fold)),
    val: [],
    test: ids.filter((_, b) => foldOf[b] === String(fold)),
  }));
}

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
