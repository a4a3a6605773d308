/**
 * `pnpm run licences`: whether every package that an installation brings (dependencies of dependencies too, tools for
 * development left out) has a licence that goes with Apache-2.0, and whether LICENCES.md lists the direct ones as they are.
 * `--write` writes that file. Exit code 1 with one line for each package or file that is not in order.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Installed, licencesPage, refused } from './licence-rules.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function installed(): Installed[] {
  const { stdout, status, error, stderr } = spawnSync(
    'npx',
    ['-y', 'pnpm', '-r', 'licenses', 'list', '--prod', '--json'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64e6 },
  );
  if (error || status !== 0) throw new Error(`pnpm could not list the licences: ${error?.message ?? stderr.trim()}`);
  return Object.values(JSON.parse(stdout) as Record<string, Installed[]>).flat();
}

/** Names of what the packages of this repository name themselves. */
function directNames(): Set<string> {
  const folders = readdirSync(join(root, 'packages'));
  const names = folders.flatMap((folder) => {
    const text = readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8');
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(text) as Record<string, Record<string, string>>;
    return Object.keys({ ...dependencies, ...optionalDependencies });
  });
  return new Set(names.filter((name) => !name.startsWith('@asmil/')));
}

const all = installed();
const names = directNames();
const page = licencesPage(all.filter(({ name }) => names.has(name)));
const path = join(root, 'LICENCES.md');
const problems = refused(all);
if (process.argv.includes('--write')) writeFileSync(path, page);
else if (readFileSync(path, 'utf8') !== page)
  problems.push('LICENCES.md is not up to date: `pnpm run licences --write`');
for (const line of problems) console.error(line);
console.log(`${all.length} packages, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
