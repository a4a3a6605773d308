import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@asmil/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runData } from '../src/cli/program.js';
import { cohortEntries, findCohort, openCohort } from '../src/cohorts.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'asmil-test-'));
  vi.stubEnv('ASMIL_CACHE', join(folder, 'cache')); // empty: no downloaded cohort is ready
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runData(args, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('registry', () => {
  it('names every cohort once', () => {
    const names = cohortEntries.map((entry) => entry.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['mnist-bags', 'mnist-slides', 'musk1', 'fox', 'ucsb']));
  });

  it('opens a cohort under the name and kind that its entry gives', async () => {
    for (const name of ['mnist-bags', 'mnist-slides']) {
      const cohort = await openCohort(name, { scale: 'quick' });
      expect([cohort.name, cohort.simulated]).toEqual([name, findCohort(name).simulated]);
    }
  });

  it('proposes the nearest name', () => {
    const error = (() => {
      try {
        return findCohort('musk3');
      } catch (thrown) {
        return thrown as UserError;
      }
    })();
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/no cohort "musk3": did you mean musk[12]\?/),
    });
  });

  it('says which command brings missing data', async () => {
    await expect(openCohort('musk2', { scale: 'quick' })).rejects.toThrow(/not here: .*pnpm data fetch musk2/);
  });
});

describe('data list', () => {
  it('shows what is here and what brings the rest', async () => {
    const { code, out } = await run('list');
    expect(code).toBe(0);
    expect(out).toMatch(/^mnist-slides +simulated .* ready$/m);
    expect(out).toMatch(/^tiger +real .* not here: .*pnpm data fetch tiger$/m);
    expect(out.split('\n')).toHaveLength(cohortEntries.length);
  });

  it('prints the same as JSON', async () => {
    const rows = JSON.parse((await run('list', '--json')).out) as { name: string; ready: boolean; how?: string }[];
    expect(rows.map((row) => row.name)).toEqual(cohortEntries.map((entry) => entry.name));
    expect(rows.find((row) => row.name === 'musk1')).toMatchObject({
      ready: false,
      how: expect.stringContaining('fetch musk1'),
    });
  });
});

describe('data info', () => {
  it('counts bags by class and split', async () => {
    const { code, out } = await run('info', 'mnist-bags', '--scale', 'quick', '--split-seed', '3', '--json');
    expect(code).toBe(0);
    const summary = JSON.parse(out);
    expect(summary).toMatchObject({
      classes: ['no nine', 'nine'],
      dim: 784,
      all: { bags: 700, byClass: [350, 350] },
      groups: 700,
      splitSeed: 3,
      splits: [
        {
          name: 'draw3',
          train: { bags: 60, byClass: [30, 30] },
          val: { bags: 40, byClass: [20, 20] },
          test: { bags: 40, byClass: [20, 20] },
        },
      ],
    });
    expect(summary.instances.median).toBeGreaterThanOrEqual(9);
    expect(summary.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it('says it to people', async () => {
    const { out } = await run('info', 'mnist-slides', '--scale', 'quick');
    expect(out).toContain('simulated');
    expect(out).toMatch(/draw0 +40 \(20 \+ 20\) +20 \(10 \+ 10\) +30 \(15 \+ 15\)/);
    expect(out).toContain('no bag and no group stands on two sides in 1 split');
    expect(out).toMatch(/origin .*MNIST/);
  });
});

describe('errors', () => {
  it.each([
    ['an unknown command', ['frobnicate'], 2, /unknown command 'frobnicate'/],
    ['a missing name', ['info'], 2, /missing required argument 'name'/],
    ['an unknown cohort', ['info', 'mnist-slide'], 2, /did you mean mnist-slides\?/],
    ['an unknown scale', ['info', 'mnist-bags', '--scale', 'big'], 2, /quick, standard, paper/],
    ['a split seed that is no number', ['info', 'mnist-bags', '--split-seed', 'x'], 2, /whole number/],
    ['a split seed that the cohort lacks', ['info', 'mnist-bags', '--split-seed', '7'], 2, /no split seed 7/],
    ['--from where nothing is fetched', ['fetch', 'mnist-bags', '--from', 'x'], 2, /takes no --from/],
    ['data that are not here', ['info', 'musk1'], 1, /pnpm data fetch musk1/],
    ['a file that is not there', ['fetch', 'musk1', '--from', 'no-such-file.csv'], 1, /no-such-file\.csv/],
  ])('%s', async (_, args, code, message) => {
    const result = await run(...args);
    expect(result.code).toBe(code);
    expect(result.err).toMatch(message);
    expect(result.err).not.toContain('    at ');
    expect(result.out).toBe('');
  });

  it('shows the stack trace with --debug', async () => {
    expect((await run('info', 'musk1', '--debug')).err).toContain('    at ');
  });

  it('refuses a file of another set', async () => {
    const file = join(folder, 'small.csv');
    await writeFile(file, 'label,bag,f1\n1,1,0\n');
    const { code, err } = await run('fetch', 'musk1', '--from', file);
    expect(code).toBe(1);
    expect(err).toMatch(/small\.csv is not musk1 as expected/);
  });
});

it('has nothing to fetch for drawn cohorts', async () => {
  expect(await run('fetch', 'mnist-slides')).toEqual({ code: 0, out: 'mnist-slides: ready', err: '' });
});
