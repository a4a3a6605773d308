/**
 * `pnpm run packages`: whether the packages are ready to publish. Builds and packs each, installs the archives in an empty
 * project outside this repository, and there trains a model with the command and imports every package from a program of one's
 * own. Needs the package registry. Exit code 1 with the output of the step that failed; `--keep` leaves the project there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const project = mkdtempSync(join(tmpdir(), 'asmil-packages-'));
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', ASMIL_TEST_WIRING: '' };

function step(title: string, cwd: string, command: string, ...args: string[]): string {
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 64e6 });
  if (error || status !== 0) {
    throw new Error(
      `${title} failed: ${command} ${args.join(' ')}\n${error?.message ?? `${stdout}\n${stderr}`.trim()}`,
    );
  }
  console.log(`${title}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  return stdout;
}

const PROGRAM = `
import { buildModel, modelNames } from '@asmil/baselines';
import { metrics, useEngine } from '@asmil/core';
import { UserError } from '@asmil/core/errors';
import { openCohort } from '@asmil/data';
import { findExperiment } from '@asmil/experiments';

await useEngine('wasm');
const cohort = await openCohort('bracs-sim', { scale: 'quick' });
const model = buildModel('asmil', {}, { input: cohort.dim, classes: cohort.classes.length });
console.log(JSON.stringify([model.name, findExperiment('table10').id, typeof metrics, UserError.name, modelNames().length > 15]));
`;

/** Packs every package and returns the archives' paths by name. */
function pack(): Record<string, string> {
  const archives: Record<string, string> = {};
  for (const folder of readdirSync(join(root, 'packages'))) {
    const dir = join(root, 'packages', folder);
    const { name } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { name: string };
    const before = new Set(readdirSync(project));
    step(`pack ${name}`, dir, 'npx', '-y', 'pnpm', 'pack', '--pack-destination', project);
    const made = readdirSync(project).find((file) => file.endsWith('.tgz') && !before.has(file));
    if (!made) throw new Error(`pack ${name} wrote no archive into ${project}`);
    archives[name] = `file:./${made}`;
  }
  return archives;
}

try {
  step('build', root, 'npx', '-y', 'pnpm', 'run', 'build');
  const archives = pack();
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify(
      { name: 'empty', private: true, type: 'module', dependencies: archives, overrides: archives },
      null,
      2,
    ),
  );
  step('install', project, 'npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline');
  const asmil = join(project, 'node_modules', '.bin', 'asmil');
  step('asmil doctor', project, asmil, 'doctor');
  step('asmil data list', project, asmil, 'data', 'list');
  step('asmil mil models', project, asmil, 'mil', 'models');
  const settings = ['--only', 'm=0.999', '--seeds', '1', '--engine', 'wasm', '--workers', '1'];
  step('asmil exp', project, asmil, 'exp', 'ablation-ema', ...settings);
  if (!existsSync(join(project, 'reports', 'ablation-ema', 'report.html')))
    throw new Error('asmil exp wrote no report');
  writeFileSync(join(project, 'own.js'), PROGRAM);
  const printed = step('a program of one’s own', project, process.execPath, 'own.js').trim();
  const expected = '["asmil","ablation-ema","object","UserError",true]';
  if (printed !== expected) throw new Error(`the program printed ${printed}, not ${expected}`);
  console.log(`${Object.keys(archives).length} packages are installed and run outside the repository`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  if (process.argv.includes('--keep')) console.log(`the project is left in ${project}`);
  else rmSync(project, { recursive: true, force: true });
}
