import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bench } from '../fakes/cli.js';
import { startCluster, whyNoSlurm } from './cluster.js';

/* With a real Slurm on this machine: what only it can show. Its states are gone through in `executor.test.ts`. */

const why = whyNoSlurm();
let slurm: ReturnType<typeof startCluster>;
let t: ReturnType<typeof bench>;

/** Waits until a condition holds, long enough for a busy machine. */
async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 2400; i++) {
    if (condition()) return;
    await sleep(100);
  }
  throw new Error(`waited in vain until ${what}`);
}

/** The files of a run that are its result, by signature. */
const resultsIn = (store: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(store)
      .filter((two) => /^[0-9a-f]{2}$/.test(two))
      .flatMap((two) => readdirSync(join(store, two)).map((name) => [name, join(store, two, name)] as const))
      .map(([name, dir]) => [
        name,
        ['record.json', 'bags.json'].map((file) => readFileSync(join(dir, file), 'utf8')).join(),
      ]),
  );

/** What the files in a folder of a store's arrays hold: `state` or `logs`. */
const files = (store: string, folder: string): string[] =>
  (existsSync(join(store, 'slurm')) ? readdirSync(join(store, 'slurm')) : []).flatMap((array) => {
    const dir = join(store, 'slurm', array, folder);
    return existsSync(dir)
      ? readdirSync(dir)
          .filter((name) => /^\d/.test(name))
          .map((name) => readFileSync(join(dir, name), 'utf8'))
      : [];
  });
const states = (store: string): string[] => files(store, 'state');

/** A folder of twelve slides with features of their class, as a person may have it. */
function features(dir: string): string {
  mkdirSync(join(dir, 'features'), { recursive: true });
  const head = "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 8), }".padEnd(117).concat('\n');
  const front = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00v\x00', 'latin1'), Buffer.from(head)]);
  for (let s = 0; s < 12; s++) {
    const numbers = Float32Array.from({ length: 48 }, (_, k) => Math.sin(1 + s * 48 + k) + (s % 2) * (k < 8 ? 2 : 0));
    writeFileSync(join(dir, 'features', `a${s}.npy`), Buffer.concat([front, new Uint8Array(numbers.buffer)]));
  }
  writeFileSync(
    join(dir, 'labels.csv'),
    `slide_id,label\n${Array.from({ length: 12 }, (_, s) => `a${s},${'xy'[s % 2]}`).join('\n')}\n`,
  );
  return dir;
}

describe.skipIf(why)(`a real Slurm${why ? `: ${why}` : ''}`, () => {
  beforeAll(() => {
    slurm = startCluster();
  });
  afterAll(() => slurm?.stop());
  beforeEach(() => {
    t = bench();
  });
  afterEach(() => t.remove());

  const ENV = { ASMIL_SLURM_POLL_MS: '300' };

  it('a node dies and a task is cancelled in mid-run: both runs are submitted again, and give the same bits as on one machine', async () => {
    const cells = ['--only', 'm=0,m=0.9,m=0.99', '--seeds', '1'];
    const env = { ...slurm.env, ...ENV, FAKE_STAGE: 'yes' };
    // --no-requeue: Slurm itself would start the run again too, but only after two minutes.
    const args = t.ema('a', ...cells, '--executor', 'slurm', '--sbatch-arg=--no-requeue');
    const hold = join(t.dir, 'hold');
    writeFileSync(hold, '');
    const { ended } = t.start(args, { ...env, FAKE_HOLD: hold });
    const begun = (): string[] => t.trained().filter((line) => line.includes('from epoch'));
    const told = (): number => states(t.store).filter((text) => text.includes('"epoch":{"epoch":1,')).length;
    await until(() => begun().length === 3 && told() === 3, 'all three runs have begun');
    const status = await t.inProcess(['status', 'table10', ...cells, '--store', t.store, '--json'], env);
    const { counts, runs } = JSON.parse(status.out);
    expect(counts).toEqual({ done: 1, running: 3, queued: 0, failed: 0, missing: 0 });
    const where = runs.map((run: { node?: string; epoch?: number }) => `${run.node} ${run.epoch}`).sort();
    expect(where).toEqual(['n1 1', 'n1 1', 'n2 1', 'undefined undefined']); // the last is the stage, which is done
    const on = (node: string): string[] =>
      slurm
        .queue()
        .filter((task) => task[2] === node)
        .map(([job]) => job!);
    expect([on('n1').length, on('n2').length]).toEqual([2, 1]);
    slurm.killNode(2);
    slurm.ask('scancel', on('n1')[0]!);
    rmSync(hold);
    const { code, err } = await ended;
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/^m=0.* its node failed \(NODE_FAIL\); submitting it again$/m),
    ]);
    expect(err).toMatch(/^m=0.* it was cancelled \(CANCELLED\); submitting it again$/m);
    expect(slurm.ask('sinfo', '--noheader', '--nodes=n2', '--format=%T')).toMatch(/^down/);
    // The stage was computed once, for all three; two of them began a second time.
    expect([t.trained().filter((line) => line.includes('"stage"')).length, begun().length]).toEqual([1, 5]);

    const local = t
      .ema('local', ...cells, '--workers', '2')
      .map((arg) => (arg === t.store ? join(t.dir, 'other') : arg));
    expect((await t.inProcess(local, { FAKE_STAGE: 'yes' })).code).toBe(0);
    expect(t.text('a', 'results.json')).toBe(t.text('local', 'results.json'));
    expect(resultsIn(t.store)).toEqual(resultsIn(join(t.dir, 'other')));
    expect(Object.keys(resultsIn(t.store))).toHaveLength(4);
  }, 400_000);

  it('real training on a folder of slides, put back into the queue in mid-run by Slurm, gives the same bits too', async () => {
    const data = ['--data', features(join(t.dir, 'slides')), '--classes', 'x,y', '--engine', 'wasm'];
    const args = ['ablation-ema', ...data, '--only', 'm=0.9', '--seeds', '1'];
    const env = { ...slurm.env, ...ENV, ASMIL_TEST_WIRING: '' };
    const { ended } = t.start([...args, '--store', t.store, '--out', join(t.dir, 'a'), '--executor', 'slurm'], env);
    await until(() => states(t.store).length === 1, 'the run has begun'); // its worker is still to start
    const job = slurm.queue()[0]![0]!;
    slurm.ask('scontrol', 'requeue', job);
    await until(() => slurm.queue().some(([, state]) => state === 'PENDING'), 'it is in the queue again');
    slurm.ask('scontrol', 'update', `JobId=${job}`, 'StartTime=now'); // Slurm lets it wait for two minutes
    expect((await ended).code).toBe(0);
    const [log] = files(t.store, 'logs');
    // The second goes on in the log of the first, which is shown where it does not.
    const begun = log!.match(/^m=0\.9 .* on n[12], process \d+$/gm);
    expect({ log, begun: begun?.length }).toMatchObject({ begun: 2 });
    expect(log!.match(/^stored$/gm)).toHaveLength(1);

    const other = join(t.dir, 'other');
    const local = await t.inProcess([...args, '--store', other, '--out', join(t.dir, 'local'), '--workers', '1'], env);
    expect(local.code).toBe(0);
    expect(t.text('a', 'results.json')).toBe(t.text('local', 'results.json'));
    expect(resultsIn(t.store)).toEqual(resultsIn(other));
  }, 400_000);

  it('refuses a submission in its own words', async () => {
    const args = t.ema('a', '--only', 'm=0', '--executor', 'slurm', '--partition', 'nowhere');
    const { code, err } = await t.inProcess(args, { ...slurm.env, ...ENV });
    expect([code, err.trim().split('\n').at(-1)]).toEqual([
      1,
      'sbatch: invalid partition specified: nowhere; Batch job submission failed: Invalid partition name specified',
    ]);
    expect(readdirSync(join(t.store, 'slurm'))).toEqual([]);
  });
});
