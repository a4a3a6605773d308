import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { slurmCommands, standing } from '../../src/slurm/client.js';

const path = process.env.PATH;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'asmil-path-'));
  process.env.PATH = `${dir}:${path}`;
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(dir, { recursive: true, force: true });
});

/** A command of Slurm that notes its arguments, one a line, and does what the shell lines say. */
function command(name: string, lines: string): void {
  writeFileSync(join(dir, name), `#!/bin/sh\nprintf '%s\\n' "$@" > '${dir}/args'\n${lines}\n`);
  chmodSync(join(dir, name), 0o755);
}
const args = (): string[] => readFileSync(join(dir, 'args'), 'utf8').trim().split('\n');

it('sbatch: hands every argument over as it is, and gives the number of the job', async () => {
  command('sbatch', 'echo "123;cluster"');
  expect(await slurmCommands.submit(['--comment=a b; $(touch x)', '/a folder/job.sh'])).toBe('123');
  expect(args()).toEqual(['--comment=a b; $(touch x)', '/a folder/job.sh']);
});

it('sbatch: its own words where it refuses, in one line', async () => {
  command(
    'sbatch',
    'echo "sbatch: error: invalid partition specified: x" >&2\necho "sbatch: error: Batch job submission failed: Invalid partition name specified" >&2\nexit 1',
  );
  await expect(slurmCommands.submit([])).rejects.toThrow(
    /^sbatch: invalid partition specified: x; Batch job submission failed: Invalid partition name specified$/,
  );
  command('sbatch', 'echo hello');
  await expect(slurmCommands.submit([])).rejects.toThrow(/expected the number of a job and got "hello"/);
  command('sbatch', 'kill -9 $$');
  await expect(slurmCommands.submit([])).rejects.toThrow(/^sbatch: ended by SIGKILL$/);
});

it('squeue: tasks of arrays by name; other jobs and broken lines are passed over', async () => {
  command(
    'squeue',
    `printf '%s\\n' 'x-1|4|12|RUNNING|n1|None' 'x-1|5|12|PENDING||Resources' 'x-1|6|12|NODE_FAIL|n2|a|b' 'y|N/A|13|RUNNING|n1|None' ''`,
  );
  expect(await slurmCommands.tasks(['x-1', 'y'])).toEqual([
    { array: 'x-1', index: 4, job: '12_4', state: 'RUNNING', node: 'n1', reason: 'None' },
    { array: 'x-1', index: 5, job: '12_5', state: 'PENDING', node: '', reason: 'Resources' },
    { array: 'x-1', index: 6, job: '12_6', state: 'NODE_FAIL', node: 'n2', reason: 'a|b' },
  ]);
  expect(args()).toContain('--name=x-1,y');
  command('squeue', 'echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2; exit 1');
  await expect(slurmCommands.tasks(['x-1'])).rejects.toThrow(
    'squeue: slurm_load_jobs error: Unable to contact slurm controller (connect failure)',
  );
  expect(await slurmCommands.tasks([])).toEqual([]); // nobody is asked
});

it('scontrol: the largest array', async () => {
  command('scontrol', "printf '%s\\n' 'MaxArraySize            = 40001' 'MaxDBDMsgs = 20012'");
  expect(await slurmCommands.maxArraySize()).toBe(40001);
  command('scontrol', 'true');
  expect(await slurmCommands.maxArraySize()).toBe(1001);
});

it('no Slurm: one line', async () => {
  process.env.PATH = dir;
  await expect(slurmCommands.submit([])).rejects.toThrow(
    /^sbatch is not on this machine: --executor slurm works where the commands of Slurm are installed$/,
  );
});

it('tells waiting, running and ended of every state', () => {
  const of = (...states: string[]) => [...new Set(states.map((state) => standing({ state })))];
  expect(of('PENDING', 'CONFIGURING', 'REQUEUED', 'REQUEUE_HOLD', 'SPECIAL_EXIT')).toEqual(['queued']);
  expect(of('RUNNING', 'COMPLETING', 'SUSPENDED')).toEqual(['running']);
  expect(of('COMPLETED', 'FAILED', 'CANCELLED', 'TIMEOUT', 'NODE_FAIL', 'OUT_OF_MEMORY', 'PREEMPTED')).toEqual([
    'ended',
  ]);
});
