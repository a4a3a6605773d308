import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRng } from '@asmil/core/rng';
import { afterAll, expect, it } from 'vitest';
import { bench, type Ended, isAlive, until } from '../fakes/cli.js';

/*
 * Workers, and now and then the command itself, are killed at random points of real training, until so many are dead;
 * then the command is left in peace. `ASMIL_KILLS=500 ASMIL_KILLS_SEED=7` makes it a longer campaign, and another one.
 */
const KILLS = Number(process.env.ASMIL_KILLS ?? 50);
const SEED = Number(process.env.ASMIL_KILLS_SEED ?? 1);
/** After so many workers the command is killed too. */
const EVERY = 10;
/** Workers that die in the course of one command, or so. */
const ROUND = 3;
const RUNS = ['--only', 'm=0,m=0.9,m=0.999', '--seeds', '8', '--workers', '2']; // 24
const REAL = { ASMIL_TEST_WIRING: fileURLToPath(new URL('../fakes/real-training.ts', import.meta.url)) };

const [calm, t] = [bench(), bench()];
afterAll(() => {
  calm.remove();
  t.remove();
});

/** Worker processes of a command (by its process number) that are alive. */
function workersOf(command: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,command='], { encoding: 'utf8' }).split('\n');
  const children = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line));
  return children
    .filter((found) => Number(found?.[2]) === command && found![3]!.includes('runner/worker'))
    .map((found) => Number(found![1]));
}

/** Finished runs: name → what tells whether anything of it has changed. */
function finished(): Map<string, string> {
  const names = t.stored().filter((name) => !name.includes('.tmp'));
  return new Map(
    names.map((name) => {
      const folder = join(t.store, name);
      const files = readdirSync(folder).map((file) => [file, statSync(join(folder, file)).mtimeMs, read(folder, file)]);
      return [name, JSON.stringify(files)];
    }),
  );
}
const read = (folder: string, file: string): string => readFileSync(join(folder, file), 'latin1');

/** What tells why a disturbed command could not finish. */
const LAST_WORDS =
  /^(partial report: \d+ of 24 runs failed \(named above\)|worker processes end before they are ready, last by SIGKILL .*; try --workers 1|no report: all 24 runs failed)/;

it(`${KILLS} workers killed at random points: nothing finished is lost, and the results are the same bits`, async () => {
  const begin = performance.now();
  const undisturbed = calm.inProcess(calm.ema('clean', ...RUNS), REAL);
  await until(() => calm.stored().some((name) => !name.includes('.tmp')));
  /** How long a worker takes to start and to finish a run: the kills hit both. */
  const first = performance.now() - begin;
  expect((await undisturbed).code).toBe(0);

  const rng = createRng(SEED, 'kills');
  let [kills, killedCommands] = [0, 0];
  let kept = new Map<string, string>();
  let last: Ended;
  let before: number;
  do {
    before = kills;
    // In a process of its own only where it is to be killed itself: processes are what this test costs.
    const args = t.ema('disturbed', ...RUNS);
    const own = kills < KILLS && killedCommands < Math.floor((kills + ROUND) / EVERY);
    const started = own ? t.start(args, REAL) : undefined;
    const pid = started?.child.pid ?? process.pid;
    const ended = started?.ended ?? t.inProcess(args, REAL);
    let running = true;
    void ended.finally(() => {
      running = false;
    });
    while (running && kills < KILLS) {
      // The last runs must not be finished before the last kill: then all workers die, and young.
      const late = finished().size >= 20;
      await sleep(rng.int(Math.ceil(late ? first / 3 : first)));
      const alive = running ? workersOf(pid) : [];
      const victims = late ? alive : alive.slice(rng.int(2)).slice(0, 1);
      for (const victim of victims) process.kill(victim, 'SIGKILL');
      kills += victims.length;
      if (victims.length === 0) continue;
      if (!started || killedCommands >= Math.floor(kills / EVERY)) continue;
      killedCommands++;
      started.child.kill('SIGKILL');
      await until(() => !alive.some(isAlive)); // workers see that the command is gone, and end
      break;
    }
    last = await ended;
    // Nothing that was finished has gone or has been touched.
    const now = finished();
    for (const [name, content] of kept) expect(now.get(name)).toBe(content);
    kept = now;
    if (last.signal === 'SIGKILL') continue;
    expect(last.err).not.toMatch(/^\s+at /m); // no stack trace
    const lines = last.err.trim().split('\n');
    if (last.code === 1) expect(lines.filter((line) => LAST_WORDS.test(line))).toHaveLength(1);
    else expect(last.code).toBe(0);
  } while (kills > before || last.code !== 0);

  expect(kills).toBeGreaterThanOrEqual(KILLS);
  expect(killedCommands).toBeGreaterThanOrEqual(Math.floor(KILLS / EVERY));
  expect([...kept.keys()].sort()).toEqual(calm.stored().sort());
  expect(t.stored().sort()).toEqual(calm.stored().sort()); // no temporary folder is left over either
  expect(t.text('disturbed', 'results.json')).toBe(calm.text('clean', 'results.json'));
}, 900_000);
