import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { clearArrays, folderOf, listOf, readArrays } from '../../src/slurm/folder.js';
import { writeList } from '../../src/slurm/list.js';
import { until } from '../fakes/cli.js';
import { optionOf, planOf, site } from './harness.js';

/* The executor against a Slurm that is made up: every state that the real one may show, without its waiting. */

const THREE = planOf(['m=0', 'm=0.9', 'm=0.99']);
const open: { remove(): void }[] = [];
const at = (plan = THREE) => {
  const s = site(plan);
  open.push(s);
  return s;
};
afterEach(() => {
  for (const s of open.splice(0)) s.remove();
});

describe('submitting', () => {
  it('hands all runs over as one array, and is done when they are stored', async () => {
    const s = at();
    const left = s.start({ partition: 'gpu,cpu', time: '1:30:00', mem: '4G', arrayLimit: 2, sbatchArgs: ['--nice=5'] });
    await until(() => s.client.submitted.length === 1);
    const [args] = s.client.submitted;
    const name = optionOf(args!, 'job-name')!;
    const folder = folderOf(s.store, name);
    expect(args).toEqual([
      ...['--parsable', `--job-name=${name}`, '--array=0-2%2', '--ntasks=1', '--cpus-per-task=1', '--requeue'],
      ...['--open-mode=append', `--output=${folder}/logs/%A_%a.log`, '--chdir=/suite'],
      ...['--partition=gpu,cpu', '--time=1:30:00', '--mem=4G', '--nice=5', `${folder}/job.sh`],
    ]);
    expect(readFileSync(join(folder, 'job.sh'), 'utf8')).toMatch(
      /^#!\/bin\/sh\nexec \S+.* \S+list\.json "\$SLURM_ARRAY_TASK_ID"\n$/,
    );
    expect(s.list('1_0').tasks.map(({ run, attempt }) => [run.cell, attempt])).toEqual([
      ['m=0', 1],
      ['m=0.9', 1],
      ['m=0.99', 1],
    ]);
    s.client.set('1_0', 'RUNNING');
    await s.tell('1_0', 'running', { epoch: { epoch: 3, loss: 1, valF1: null } });
    await until(() => s.told.includes('m=0 epoch 3'));
    for (const job of ['1_0', '1_1', '1_2']) await s.finish(job);
    expect(await left).toBe(0);
    expect(s.told.filter((line) => line.endsWith(' stored'))).toEqual(['m=0 stored', 'm=0.9 stored', 'm=0.99 stored']);
    expect(s.told).toContain('engine 1.0');
    expect(s.told[0]).toBe(`3 runs submitted (job 1; logs in ${folder}/logs)`);
  });

  it('splits what is more than an array may have', async () => {
    const s = at();
    s.client.size = 2;
    await s.start({ wait: false });
    expect(s.client.submitted.map((args) => optionOf(args, 'array'))).toEqual(['0-1', '0-0']);
    const none = at();
    none.client.size = 0;
    await expect(none.start()).rejects.toThrow(/takes no job arrays/);
  });

  it('puts stages before the runs that start from them, and lets these wait until those have ended', async () => {
    const s = at(planOf(['m=0', 'm=0.9'], { stage: true, seeds: [1, 2] }));
    await s.start({ wait: false });
    const [first, second] = s.client.submitted;
    expect([optionOf(first!, 'array'), optionOf(first!, 'dependency')]).toEqual(['0-1', undefined]);
    expect([optionOf(second!, 'array'), optionOf(second!, 'dependency')]).toEqual(['0-3', 'afterany:1']);
    const array = optionOf(first!, 'job-name');
    const stages = s.list('2_0').tasks.map(({ stage }) => stage);
    expect(stages).toEqual([0, 1, 0, 1].map((index) => ({ array, index })));
    const [list] = (await readArrays(s.store)).filter(({ tasks }) => tasks.length === 4);
    expect(list!.tasks[0]!.run.after?.cell.key).toBe('m=0 (first stage)');
  });

  it('without waiting: says how to follow and to cancel', async () => {
    const s = at();
    expect(await s.start({ wait: false })).toBe(3);
    expect(s.told.at(-1)).toBe(
      '3 runs left to Slurm; see where they stand: pnpm exp status ablation-ema; cancel: scancel 1',
    );
  });

  it('refused: the words of Slurm, and nothing is left behind', async () => {
    const s = at();
    s.client.refuses = 'sbatch: invalid partition specified: x';
    await expect(s.start()).rejects.toThrow('sbatch: invalid partition specified: x');
    expect(s.arrays()).toEqual([]);
  });

  it('refused while others of its runs are in the queue: waits until they have made room', async () => {
    const s = at();
    s.client.size = 2;
    const { submit } = s.client;
    s.client.submit = async (args) => {
      if (s.client.submitted.length === 1) s.client.refuses = 'sbatch: QOSMaxSubmitJobPerUserLimit';
      return submit.call(s.client, args);
    };
    const left = s.start();
    await until(() => s.told.some((line) => line.includes('QOSMax')));
    await sleep(30);
    s.client.refuses = undefined;
    s.client.submit = submit;
    await until(() => s.client.submitted.length === 2);
    for (const job of ['1_0', '1_1', '2_0']) await s.finish(job);
    expect(await left).toBe(0);
    expect(s.told.filter((line) => line.includes('QOSMax'))).toEqual([
      'sbatch: QOSMaxSubmitJobPerUserLimit: 1 run to be submitted when others have ended',
    ]);
  });
});

describe('runs that end without a result', () => {
  it.each(['NODE_FAIL', 'CANCELLED', 'PREEMPTED', 'BOOT_FAIL', 'FAILED', 'COMPLETED'])(
    '%s: submitted again, so often and no more',
    async (state) => {
      const s = at(planOf(['m=0']));
      const left = s.start();
      for (const job of ['1_0', '2_0', '3_0']) {
        await until(() => s.client.queue.some((task) => task.job === job));
        expect(s.list(job).tasks[0]!.attempt).toBe(Number(job[0]));
        s.client.set(job, state);
      }
      expect(await left).toBe(0);
      expect(s.told.filter((line) => line.includes('submitting it again'))).toHaveLength(2);
      expect(s.told.at(-1)).toMatch(new RegExp(`^m=0 failed: tried 3 times; last, .*\\(${state}\\)$`));
      expect(s.client.submitted).toHaveLength(3);
    },
  );

  it('a limit that a second try would meet again: failed at once, with what to change', async () => {
    const s = at(planOf(['m=0', 'm=0.9']));
    const left = s.start();
    await until(() => s.client.submitted.length === 1);
    s.client.set('1_0', 'TIMEOUT');
    s.client.set('1_1', 'OUT_OF_MEMORY');
    const log = s.log('1_0');
    expect(await left).toBe(0);
    expect(s.told.slice(1)).toEqual([
      `m=0 failed: the time limit ended it (TIMEOUT); give a longer one with --time (log: ${log})`,
      'm=0.9 failed: it needed more memory than it had (OUT_OF_MEMORY); give more with --mem',
    ]);
  });

  it('an error of the run itself is final; a node on which nothing can be computed is not', async () => {
    const s = at(planOf(['m=0', 'm=0.9']));
    const left = s.start({ retries: 1 });
    await until(() => s.client.submitted.length === 1);
    const log = s.log('1_0');
    await s.tell('1_0', 'failed', { message: 'the bag is empty' });
    await s.tell('1_1', 'unfit', { message: 'the engine does not load' });
    s.client.set('1_0', 'FAILED');
    s.client.set('1_1', 'FAILED');
    await until(() => s.client.submitted.length === 2);
    await s.finish('2_0');
    expect(await left).toBe(0);
    expect(s.told).toContain(`m=0 failed: the bag is empty (log: ${log})`);
    expect(s.told).toContain('m=0.9: nothing could be computed on n1: the engine does not load; submitting it again');
    expect(s.told.at(-1)).toBe('m=0.9 stored');
  });

  it('a result that is seen late on a shared folder is waited for', async () => {
    const s = at(planOf(['m=0', 'm=0.9']));
    const left = s.start();
    await until(() => s.client.submitted.length === 1);
    const list = s.list('1_0');
    s.client.set('1_0', 'COMPLETED');
    s.client.forget('1_1'); // Slurm forgets ended jobs after a while
    await sleep(10);
    for (const { run } of list.tasks) s.keep(run.signature);
    expect(await left).toBe(0);
    expect(s.client.submitted).toHaveLength(1);
    expect(s.told.slice(1)).toEqual(['m=0 stored', 'm=0.9 stored']);
  });

  it('put back into the queue by Slurm itself: told, not submitted again', async () => {
    const s = at(planOf(['m=0']));
    const left = s.start();
    await until(() => s.client.submitted.length === 1);
    s.client.set('1_0', 'RUNNING');
    await sleep(30);
    s.client.set('1_0', 'PENDING', '', 'BeginTime');
    await until(() => s.told.includes('m=0: Slurm has put it back into the queue (BeginTime)'));
    await s.finish('1_0');
    expect([await left, s.client.submitted.length]).toEqual([0, 1]);
  });
});

describe('a Slurm that does not answer', () => {
  it('ends the command before anything is submitted, and later does not', async () => {
    const s = at(planOf(['m=0', 'm=0.9']));
    s.client.silent = 'squeue: Unable to contact slurm controller';
    await s.start({ wait: false }); // with no arrays in the store, nothing is asked of the queue
    await expect(s.start()).rejects.toThrow(); // now there are
    s.client.silent = undefined;
    const left = s.start();
    await sleep(20);
    s.client.silent = 'squeue: Unable to contact slurm controller';
    await until(() => s.told.some((line) => line.includes('go on without it')));
    await s.finish('1_0');
    await until(() => s.told.includes('m=0 stored'));
    await sleep(30);
    s.client.silent = undefined;
    await s.finish('1_1');
    expect(await left).toBe(0);
    expect(s.told.filter((line) => line.startsWith('squeue:'))).toHaveLength(1);
    expect(s.told.filter((line) => line === 'Slurm answers again')).toHaveLength(1);
  });
});

describe('a command that is typed again', () => {
  it('leaves the jobs alone when it is stopped, and waits for them the next time', async () => {
    const s = at();
    const stopped = s.start();
    await until(() => s.client.submitted.length === 1);
    await s.finish('1_0');
    await until(() => s.told.includes('m=0 stored'));
    s.controller.abort();
    expect(await stopped).toBe(2);
    expect(s.told.at(-1)).toContain('2 runs left to Slurm');
    const again = s.start({}, { signal: new AbortController().signal });
    await until(() => s.told.includes('2 runs in the queue already (job 1); not submitted again'));
    await s.finish('1_1');
    await s.finish('1_2');
    expect([await again, s.client.submitted.length]).toEqual([0, 1]);
  });

  it('submits what is in the queue with less than is wanted now', async () => {
    const s = at(planOf(['m=0']));
    await s.start({ wait: false });
    await s.start({ wait: false });
    expect(s.client.submitted).toHaveLength(1);
    await s.start({ wait: false }, { kept: () => ({ weights: true, portrait: false }) });
    expect(s.client.submitted).toHaveLength(2);
    await s.start({ wait: false }, { force: () => true });
    expect(s.client.submitted).toHaveLength(3);
  });

  it('with --force takes the task at its word, not what was stored before', async () => {
    const s = at(planOf(['m=0']));
    s.keep(THREE.runs[0]!.signature);
    const left = s.start({}, { force: () => true });
    await until(() => s.client.submitted.length === 1);
    s.client.set('1_0', 'COMPLETED');
    await until(() => s.client.submitted.length === 2);
    await s.finish('2_0');
    expect(await left).toBe(0);
  });
});

it('clears away the folders of old arrays whose runs are all stored', async () => {
  const s = at(planOf(['m=0', 'm=0.9']));
  await s.start({ wait: false });
  const clear = async (live: string[] = []) => clearArrays(s.store, await readArrays(s.store), new Set(live));
  const [list] = await readArrays(s.store);
  const [name] = s.arrays();
  for (const { run } of list!.tasks) s.keep(run.signature);
  await clear();
  expect(s.arrays()).toEqual([name]); // it is young: its job may not be in the queue yet
  await writeList(listOf(folderOf(s.store, name!)), { ...list!, created: new Date(0).toISOString() });
  await clear([name!]);
  expect(s.arrays()).toEqual([name]);
  await clear();
  expect(s.arrays()).toEqual([]);
});
