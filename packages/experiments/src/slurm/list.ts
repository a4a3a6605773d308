import { readFile } from 'node:fs/promises';
import { UserError } from '@asmil/core/errors';
import type { FolderSource } from '@asmil/data';
import { z } from 'zod';
import type { EngineName } from '../runner/deps.js';
import type { PlannedRun } from '../runner/plan.js';
import { placeFile } from '../store/atomic.js';
import { parse, stringify } from '../store/json.js';
import { specSchema } from '../store/schema.js';
import { signatureOf } from '../store/signature.js';
import type { RunSpec } from '../types.js';

/** A planned run as a task needs it: the rest of it follows from its specification. */
interface ListedRun {
  readonly signature: string;
  readonly spec: RunSpec;
  readonly cell: string;
  readonly cohort: PlannedRun['cohort'];
  readonly folder?: FolderSource;
  readonly place?: string;
  readonly cost: number;
  readonly after?: ListedRun;
}

/** One task of an array. */
export interface ListedTask {
  readonly run: PlannedRun;
  readonly kept: { readonly weights: boolean; readonly portrait: boolean };
  /** Compute the run even if it is stored. */
  readonly force: boolean;
  /** 1 for a run's first try. */
  readonly attempt: number;
  /** The task that computes the stage that the run starts from, if one was in the queue when this one was submitted. */
  readonly stage?: { readonly array: string; readonly index: number };
}

/** What the tasks of one job array do: task i computes the i-th run. */
export interface ArrayList {
  /** Of the array's folder and of its job. */
  readonly name: string;
  readonly engine: EngineName;
  readonly created: string;
  readonly tasks: readonly ListedTask[];
}

const runSchema: z.ZodType<ListedRun> = z.lazy(() =>
  z.strictObject({
    signature: z.string(),
    spec: specSchema,
    cell: z.string(),
    cohort: z.strictObject({ dim: z.int(), classes: z.array(z.string()) }),
    folder: z.strictObject({ path: z.string(), options: z.record(z.string(), z.unknown()) }).optional(),
    place: z.string().optional(),
    cost: z.number(),
    after: runSchema.optional(),
  }),
);

const listSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  engine: z.enum(['native', 'wasm']),
  created: z.string(),
  tasks: z.array(
    z.strictObject({
      run: runSchema,
      kept: z.strictObject({ weights: z.boolean(), portrait: z.boolean() }),
      force: z.boolean(),
      attempt: z.int(),
      stage: z.strictObject({ array: z.string(), index: z.int() }).optional(),
    }),
  ),
});

function listed({ signature, spec, cell, cohort, folder, place, cost, after }: PlannedRun): ListedRun {
  const { dim, classes } = cohort;
  const whole = { signature, spec, cell: cell.key, cohort: { dim, classes }, folder, place, cost };
  return { ...whole, after: after && listed(after) };
}

/** The run as it was planned, for all that computing and naming it need. Throws if it is not what its signature says. */
function planned(run: ListedRun, portrait: boolean): PlannedRun {
  const { spec, signature, cell, after, ...rest } = run;
  if (signatureOf(spec) !== signature) throw new Error(`the specification of ${signature} has changed`);
  return {
    ...rest,
    ...{ spec, signature, seed: spec.seed, portrait },
    cell: { key: cell, label: cell, factors: {}, model: { name: spec.model.name, config: spec.model.config } },
    split: { name: spec.split.name, train: [], val: [], test: [] }, // a worker makes it from the cohort
    after: after && planned(after, false),
  };
}

export async function writeList(path: string, { tasks, ...list }: ArrayList): Promise<void> {
  const all = tasks.map(({ run, ...task }) => ({ run: listed(run), ...task }));
  await placeFile(path, `${stringify({ format: 1, ...list, tasks: all })}\n`);
}

/** Throws `UserError` for a file that is no list. */
export async function readList(path: string): Promise<ArrayList> {
  try {
    const { format: _, tasks, ...list } = listSchema.parse(parse(await readFile(path, 'utf8')));
    return { ...list, tasks: tasks.map(({ run, ...task }) => ({ run: planned(run, task.kept.portrait), ...task })) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code ?? (error instanceof z.ZodError ? 'not of the expected form' : message.split('\n')[0]);
    throw new UserError(`${path}: not a list of runs that can be read (${why}); start the command again`);
  }
}
