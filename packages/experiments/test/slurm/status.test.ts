import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { joinPlans } from '../../src/runner/plan.js';
import { statusOfRuns } from '../../src/slurm/status.js';
import { planOf, site } from './harness.js';

let s: ReturnType<typeof site>;
afterEach(() => s.remove());

it('tells done, running, queued, failed and missing apart, with node, epoch, reason and log', async () => {
  const plan = planOf(['m=0', 'm=0.5', 'm=0.9', 'm=0.99', 'm=0.999', 'm=1']);
  s = site(plan);
  await s.start({ wait: false });
  const [done, running, queued, failed, cut, missing] = s.list('1_0').tasks.map(({ run }) => run.signature);
  s.keep(done!);
  s.client.set('1_1', 'RUNNING', 'n2');
  await s.tell('1_1', 'running', { epoch: { epoch: 5, loss: 1, valF1: null } });
  await s.tell('1_3', 'failed', { message: 'the bag is empty' });
  s.client.set('1_3', 'FAILED');
  const log = s.log('1_3');
  await s.tell('1_4', 'running');
  s.client.set('1_4', 'NODE_FAIL');
  s.client.forget('1_5');
  const said: string[] = [];
  const look = async () =>
    (await statusOfRuns(joinPlans([plan]), s.store, s.client, (line) => said.push(line))).map(({ run, ...rest }) => ({
      is: run.signature,
      ...rest,
    }));
  expect(await look()).toEqual([
    { is: done, phase: 'done' },
    { is: running, phase: 'running', job: '1_1', node: 'n2', epoch: 5 },
    { is: queued, phase: 'queued', job: '1_2', why: 'Priority' },
    { is: failed, phase: 'failed', job: '1_3', node: 'n1', why: 'the bag is empty', log },
    { is: cut, phase: 'failed', job: '1_4', node: 'n1', why: 'its node failed (NODE_FAIL)', log: undefined },
    { is: missing, phase: 'missing' },
  ]);
  expect(said).toEqual([]);

  // Without Slurm's answer the tasks' own words are what is left: who has spoken lately is taken for running.
  s.client.silent = 'squeue is not on this machine';
  await s.tell('1_4', 'running', { updated: new Date(0).toISOString() });
  expect((await look()).map(({ phase }) => phase)).toEqual([
    'done',
    'running',
    'missing',
    'failed',
    'failed',
    'missing',
  ]);
  expect(said).toEqual(['squeue is not on this machine; what follows is from the folder of the runs']);
});

it('names a stage only while something that starts from it is not stored', async () => {
  const plan = planOf(['m=0', 'm=0.9'], { stage: true });
  s = site(plan);
  const look = async () =>
    (await statusOfRuns(joinPlans([plan]), s.store, s.client, () => {})).map(({ run, phase }) => [run.cell.key, phase]);
  expect(await look()).toEqual([
    ['m=0 (first stage)', 'missing'],
    ['m=0', 'missing'],
    ['m=0.9', 'missing'],
  ]);
  for (const { signature } of plan.runs)
    mkdirSync(join(s.store, signature.slice(0, 2), signature), { recursive: true });
  expect(await look()).toEqual([
    ['m=0', 'done'],
    ['m=0.9', 'done'],
  ]);
});
