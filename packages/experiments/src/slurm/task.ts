import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { completeRuns, compute, storedRuns } from '../runner/compute.js';
import { loadDeps } from '../runner/load-deps.js';
import type { Work } from '../runner/plan.js';
import { stagesOf } from '../runner/plan.js';
import { localExecutor } from '../runner/pool.js';
import { abortOnSignal } from '../runner/signals.js';
import { nameOf } from '../runner/tracker.js';
import { openStore } from '../store/store.js';
import { folderOf, stateOf } from './folder.js';
import { type ArrayList, readList } from './list.js';
import { readState } from './state.js';
import { TaskTold } from './told.js';

/*
 * One task of an array: `task.ts LIST INDEX`. It is the `exp` command with one run: a stage that the store lacks is computed
 * first, a worker process computes, the result is stored as ever. So it gives the same bits as on one machine.
 */

/** Returns the exit code: 0; 1 if the run failed; 143 if the task was stopped, which leaves it without a result. */
async function runTask(listPath: string, index: number, signal: AbortSignal): Promise<number> {
  const list = await readList(listPath);
  const folder = dirname(listPath);
  const store = resolve(folder, '..', '..');
  const task = list.tasks[index];
  if (!task) throw new Error(`${listPath} has ${list.tasks.length} tasks: there is no task ${index}`);
  const { run } = task;
  const { SLURM_ARRAY_JOB_ID: job = '0', SLURMD_NODENAME: node = hostname() } = process.env;
  const told = new TaskTold(stateOf(folder, index), { signature: run.signature, job: `${job}_${index}`, node });
  told.line(`${nameOf(run)} on ${node}, process ${process.pid}`);
  try {
    if (await stageFailed(task, store)) {
      await told.end({ phase: 'failed', message: 'its first stage has no weights (it failed or diverged)' });
      return 1;
    }
    const { engine, failed } = await computeTask(list, task, store, told, signal);
    if (signal.aborted) {
      await told.end();
      told.line('stopped');
      return 143;
    }
    await told.end(failed === undefined ? { phase: 'done', engine } : { phase: 'failed', message: failed });
    told.line(failed ?? 'stored');
    return failed === undefined ? 0 : 1;
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    told.line(error instanceof Error ? `${error.stack}` : message);
    await told.end({ phase: 'unfit', message });
    return 1;
  }
}

type Task = ArrayList['tasks'][number];

async function computeTask(
  { engine }: Pick<ArrayList, 'engine'>,
  { run, kept, force }: Task,
  dir: string,
  told: TaskTold,
  signal: AbortSignal,
) {
  const store = await openStore(dir, told.line);
  const work: Work = { engine, cells: [], runs: [run], stages: stagesOf(run) };
  const stored = completeRuns(work, await storedRuns(work, store), kept.weights);
  const computed = await compute(work, stored, {
    ...{ deps: await loadDeps(), store, progress: told, signal, checkpoints: kept.weights, debug: true },
    executor: localExecutor(1),
    force: (signature) => force && signature === run.signature,
  });
  return { engine: computed.engine, failed: told.tracker?.failed.get(run.signature) };
}

/** Whether the task that was to compute this run's stage has found that it fails: then it would fail here too. */
async function stageFailed({ stage }: Task, store: string): Promise<boolean> {
  const state = stage && (await readState(stateOf(folderOf(store, stage.array), stage.index)));
  return state?.phase === 'failed';
}

const [list, index] = process.argv.slice(2);
process.exitCode = await runTask(resolve(list ?? ''), Number(index), abortOnSignal());
