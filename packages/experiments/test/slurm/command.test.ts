import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bench } from '../fakes/cli.js';

let t: ReturnType<typeof bench>;
beforeEach(() => {
  t = bench();
});
afterEach(() => t.remove());

/** Commands of Slurm by name, as shell lines, in a folder that is the whole path. */
function path(commands: Record<string, string>): { PATH: string } {
  const dir = join(t.dir, 'bin');
  mkdirSync(dir);
  for (const [name, lines] of Object.entries(commands)) {
    writeFileSync(join(dir, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(join(dir, name), 0o755);
  }
  return { PATH: dir };
}

/** Runs the tasks of an array one after the other, with what the job's script is given, and has no queue. */
const AT_ONCE = {
  sbatch: `for arg in "$@"; do
  case $arg in --array=*) last=\${arg#--array=0-} ;; esac
done
i=0
while [ $i -le "$last" ]; do
  SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=$i SLURMD_NODENAME=n1 /bin/sh "$arg" >"\${arg%job.sh}logs/7_$i.log" 2>&1
  i=$((i + 1))
done
echo 7`,
  squeue: '',
  scontrol: '',
};
const POLL = { ASMIL_SLURM_POLL_MS: '20' };
const TWO = ['--only', 'm=0,m=0.9', '--seeds', '1'];
const SLURM = ['--executor', 'slurm'];

describe('pnpm exp ID --executor slurm', () => {
  it('makes what one machine makes, in folders whose names have spaces; what fails is told with its log', async () => {
    const store = join(t.dir, "a store, 100% it's");
    const args = ['ablation-ema', '--store', store, ...SLURM];
    const env = { ...path(AT_ONCE), ...POLL, FAKE_FAULT: 'throw:0.9' };
    const first = await t.inProcess([...args, '--out', join(t.dir, 'a'), ...TWO], env);
    expect(first.code).toBe(1);
    const told = first.err.match(/^failed: m=0\.9 · fold-0 · seed 1: the bag is empty \| second line \(log: (.+)\)$/m);
    expect(readFileSync(told![1]!, 'utf8')).toMatch(/^m=0\.9 · fold-0 · seed 1 on n1, process \d+\n[\s\S]*trainer\.ts/);
    const status = await t.inProcess(['status', 'table10', '--store', store, ...TWO, '--json'], env);
    const { counts, runs } = JSON.parse(status.out);
    expect(counts).toEqual({ done: 1, running: 0, queued: 0, failed: 1, missing: 0 });
    expect(runs[1]).toMatchObject({ cell: 'm=0.9', seed: 1, state: 'failed', job: '7_1', node: 'n1', log: told![1] });
    const table = await t.inProcess(['status', 'table10', '--store', store, ...TWO], env);
    expect(table.out).toMatch(/^ablation-ema: wasm engine, preset quick, 2 runs: 1 done, .* 1 failed, 0 missing$/m);
    expect(table.out).toMatch(
      /^failed {2}m=0\.9 · fold-0 · seed 1 {2}7_1 {2}n1 .*the bag is empty \| second line; log: /m,
    );

    const second = await t.inProcess([...args, '--out', join(t.dir, 'b'), ...TWO], { ...env, FAKE_FAULT: '' });
    expect([second.code, second.err]).toEqual([0, expect.stringContaining('2 runs, 1 stored')]);
    expect(second.err).toContain('1 run submitted (job 7;');
    await t.inProcess(t.ema('local', ...TWO, '--workers', '1'));
    expect(t.text('b', 'results.json')).toBe(t.text('local', 'results.json'));
    expect(JSON.parse(t.text('b', 'provenance.json')).cpu).toBe('Slurm (1 node)');
  });

  it('without waiting: says how to go on, and writes no report', async () => {
    const env = { ...path({ sbatch: 'echo 12', squeue: '', scontrol: '' }), ...POLL };
    const { code, err, out } = await t.inProcess(t.ema('a', ...TWO, ...SLURM, '--no-wait'), env);
    expect([code, out]).toEqual([0, '']);
    const [cells, store] = ['--seeds 1 --only m=0,m=0.9', `--store ${t.store}`];
    expect(err.trim().split('\n').slice(-2)).toEqual([
      `2 runs left to Slurm; see where they stand: pnpm exp status ablation-ema ${cells} ${store}; cancel: scancel 12`,
      `0 of 2 runs are stored; wait for the others and write the report: pnpm exp ablation-ema ${cells} --out ${join(t.dir, 'a')} ${store} --executor slurm`,
    ]);
  });

  it('where there is no Slurm, or it refuses: one line', async () => {
    const none = await t.inProcess(t.ema('a', ...TWO, ...SLURM), path({}));
    expect([none.code, none.err.trim().split('\n').at(-1)]).toEqual([
      1,
      'scontrol is not on this machine: --executor slurm works where the commands of Slurm are installed',
    ]);
    const wrong: [string[], RegExp][] = [
      [['--partition', 'x'], /^--partition: only with --executor slurm$/m],
      [[...SLURM, '--time', 'soon'], /^--time soon: expected minutes/m],
      [[...SLURM, '--workers', '2'], /^--workers: Slurm decides how many runs/m],
      [['--executor', 'slrum'], /expected one of local, slurm; did you mean slurm\?/],
    ];
    for (const [args, line] of wrong) {
      const { code, err } = await t.inProcess(t.ema('a', ...args));
      expect([code, err.trim().split('\n').length, err]).toEqual([2, 1, expect.stringMatching(line)]);
    }
    const check = await t.inProcess(['theorem-1', ...SLURM]);
    expect([check.code, check.err]).toEqual([2, expect.stringContaining('leave out --executor slurm')]);
    expect((await t.inProcess(['status', 'compute-cost'])).err).toContain(
      'compute-cost trains nothing: it has no runs',
    );
  });
});
