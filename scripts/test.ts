/**
 * `pnpm test`: format and lint, types, the tests of every package and those of the repository. What runs is shown as it
 * runs; results of packages that did not change come from turbo's cache and count all the same. The last line is
 * `N passed, N failed`, with linting and typechecking as one test each; skipped tests stand by name above it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addUp, type Tally, tallyOf } from './tally.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');

/** Where a folder's tests leave their results, as `vitest.shared.ts` says. */
const resultsOf = (folder: string): string => join(root, folder, '.turbo', 'tests.json');

function run(title: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): boolean {
  console.log(`\n> ${title}: ${command} ${args.join(' ')}`);
  const { status, error } = spawnSync(join(bin, command), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', ...env },
  });
  if (error) console.error(`${command} could not be started: ${error.message}`);
  return status === 0;
}

/** One command as one test. */
function step(title: string, command: string, args: readonly string[]): Tally {
  const passed = run(title, command, args);
  return { passed: Number(passed), failed: passed ? [] : [title], skipped: [] };
}

/**
 * Which engines are set up, as a hash: part of the key of cached results, so that setting up an engine runs its tests.
 */
function engines(): string {
  const { stdout, status } = spawnSync(
    join(bin, 'tsx'),
    ['packages/core/src/engine/cli/engine.ts', 'status', '--json'],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return createHash('sha256').update(`${status} ${stdout} ${process.version}`).digest('hex').slice(0, 16);
}

/** Which Slurm is installed: part of that key too. */
function slurm(): string {
  const { stdout, status } = spawnSync('slurmctld', ['-V'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'none';
}

const packages = readdirSync(join(root, 'packages')).filter((name) =>
  existsSync(join(root, 'packages', name, 'package.json')),
);
const folders = [...packages.map((name) => join('packages', name)), '.'];
for (const folder of folders) rmSync(resultsOf(folder), { force: true });

const tallies = [
  step('lint', 'biome', ['check', '--error-on-warnings', '.']),
  step('typecheck', 'turbo', ['run', 'typecheck', 'typecheck:root', '--continue']),
];
const ran = {
  packages: run('tests of the packages', 'turbo', ['run', 'test', '--continue', '--concurrency=1'], {
    ASMIL_TEST_ENGINES: engines(),
    ASMIL_TEST_SLURM: slurm(),
  }),
  root: run('tests of the repository', 'vitest', ['run', '--config', 'vitest.shared.ts', '--root', '.', 'test/']),
};
const tests = folders.map((folder) => tallyOf(folder === '.' ? 'repository' : folder, resultsOf(folder)));
tallies.push(...tests);

// A run that failed without a failed test: an error outside of tests, or a command that could not start.
const found = (list: readonly Tally[]): boolean => list.some(({ failed }) => failed.length > 0);
if (!ran.packages && !found(tests.slice(0, -1))) {
  tallies.push({ passed: 0, failed: ['tests of the packages: ended with an error outside of the tests'], skipped: [] });
}
if (!ran.root && !found(tests.slice(-1))) {
  tallies.push({
    passed: 0,
    failed: ['tests of the repository: ended with an error outside of the tests'],
    skipped: [],
  });
}

const { passed, failed, skipped } = addUp(tallies);
console.log('');
for (const name of skipped) console.log(`skipped: ${name}`);
for (const name of failed) console.log(`failed: ${name}`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
