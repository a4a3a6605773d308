import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { placeFile } from '../store/atomic.js';
import { parse, stringify } from '../store/json.js';

const schema = z.object({
  format: z.literal(1),
  signature: z.string(),
  /** `unfit`: nothing could be computed on that node (the engine does not load); `failed`: the run itself went wrong. */
  phase: z.enum(['running', 'done', 'failed', 'unfit']),
  /** `123_4`. */
  job: z.string(),
  node: z.string(),
  started: z.string(),
  updated: z.string(),
  epoch: z.object({ epoch: z.number(), loss: z.number(), valF1: z.number().nullable() }).optional(),
  engine: z
    .object({ name: z.enum(['native', 'wasm']), version: z.string(), device: z.string(), threads: z.number() })
    .optional(),
  message: z.string().optional(),
});

/** What a task of an array tells of itself; each task has a file of its own, which it alone writes. */
export type TaskState = z.infer<typeof schema>;

export async function writeState(path: string, state: TaskState): Promise<void> {
  await placeFile(path, `${stringify(state)}\n`);
}

/** Undefined if the task has told nothing (that can be read) yet. */
export async function readState(path: string): Promise<TaskState | undefined> {
  try {
    return schema.parse(parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
