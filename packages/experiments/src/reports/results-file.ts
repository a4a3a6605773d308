import type { EpochAttention, EpochScores, ResultEpoch, ResultRun, Results } from '../types.js';

/*
 * The file `results.json`: the results with the epochs of a run in columns, which are an eighth of the same epochs as
 * objects. A run is one line, so a report of a hundred runs stays small enough to be committed and its changes readable.
 */

/** One value an epoch; null in place of a column without any value. */
type Column = readonly (number | null)[] | null;

type Columns<T> = { readonly [field in keyof T]: Column };

/** Null in place of a group that no epoch has. */
export interface PackedEpochs {
  readonly loss: readonly number[];
  readonly terms: Readonly<Record<string, Column>>;
  readonly val: Columns<EpochScores> | null;
  readonly test: Columns<EpochScores> | null;
  readonly attention: Columns<EpochAttention> | null;
}

export type PackedRun = Omit<ResultRun, 'result'> & {
  readonly result: Omit<ResultRun['result'], 'epochs'> & { readonly epochs: PackedEpochs };
};

/** `results.json`. Files written before it was kept have no `instanceAuc`; it is then read as null. */
export type PackedResults = Omit<Results, 'runs'> & { readonly runs: readonly PackedRun[] };

const SCORES = ['macroF1', 'macroAuc', 'crossEntropy'] as const satisfies (keyof EpochScores)[];
const ATTENTION = ['entropy', 'jsd', 'peak', 'halfMass', 'instanceMass', 'instanceAuc'] as const;

/** The content of `results.json`. Throws for epochs that are not 1, 2, 3 …: their number is their place. */
export function packResults(results: Results): PackedResults {
  return {
    ...results,
    runs: results.runs.map((run) => ({
      ...run,
      result: spelled({ ...run.result, epochs: packEpochs(run.result.epochs) }) as PackedRun['result'],
    })),
  };
}

/** The results that a `results.json` holds; the inverse of `packResults`. Throws for a file of another format. */
export function unpackResults(file: unknown): Results {
  const packed = file as PackedResults | null;
  const format: unknown = packed?.format;
  if (format !== 2 || !Array.isArray(packed?.runs)) {
    throw new Error(`results.json has format ${String(format)}, expected 2; write the report again`);
  }
  return {
    ...packed,
    runs: packed.runs.map((run) => {
      const result = read(run.result) as PackedRun['result'];
      return { ...run, result: { ...result, epochs: unpackEpochs(result.epochs) } };
    }),
  };
}

function packEpochs(epochs: readonly ResultEpoch[]): PackedEpochs {
  for (const [i, { epoch }] of epochs.entries()) {
    if (epoch !== i + 1) throw new Error(`epoch ${epoch} stands in place ${i + 1} of a run's history`);
  }
  const column = (values: (number | null)[]): Column => (values.every((value) => value === null) ? null : values);
  const group = <T extends object, K extends keyof T & string>(fields: readonly K[], records: (T | null)[]) =>
    records.every((record) => record === null)
      ? null
      : columnsOf(fields, (field) => column(records.map((record) => (record?.[field] as number | null) ?? null)));
  const terms = [...new Set(epochs.flatMap((epoch) => Object.keys(epoch.terms)))];
  return {
    loss: epochs.map((epoch) => epoch.loss),
    terms: columnsOf(terms, (term) => column(epochs.map((epoch) => epoch.terms[term] ?? null))),
    val: group(
      SCORES,
      epochs.map((epoch) => epoch.val),
    ),
    test: group(
      SCORES,
      epochs.map((epoch) => epoch.test),
    ),
    attention: group(
      ATTENTION,
      epochs.map((epoch) => epoch.attention),
    ),
  };
}

function unpackEpochs({ loss, terms, val, test, attention }: PackedEpochs): ResultEpoch[] {
  return loss.map((value, i) => ({
    epoch: i + 1,
    loss: value,
    terms: Object.fromEntries(
      Object.entries(terms).flatMap(([term, column]) => (column?.[i] == null ? [] : [[term, column[i]]])),
    ),
    val: recordAt<EpochScores>(SCORES, val, i),
    test: recordAt<EpochScores>(SCORES, test, i)!,
    attention: recordAt<EpochAttention>(ATTENTION, attention, i),
  }));
}

/** One epoch of a group. The first field always has a value: without one the epoch has no such record. */
function recordAt<T extends object>(fields: readonly (keyof T)[], columns: Columns<T> | null, i: number): T | null {
  if (columns?.[fields[0]!]?.[i] == null) return null;
  return Object.fromEntries(fields.map((field) => [field, columns[field]?.[i] ?? null])) as T;
}

function columnsOf<K extends string>(fields: readonly K[], column: (field: K) => Column): Record<K, Column> {
  return Object.fromEntries(fields.map((field) => [field, column(field)])) as Record<K, Column>;
}

/** A copy with NaN and infinities, which JSON does not have, spelled `{"$number":"NaN"}` as in the store. */
function spelled(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return { $number: String(value) };
  return inside(value, spelled);
}

/** The inverse of `spelled`. */
function read(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && '$number' in value) return Number(value.$number);
  return inside(value, read);
}

function inside(value: unknown, map: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, map(field)]));
}
