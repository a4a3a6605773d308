import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { cohortEntries } from '../src/cohorts.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const readme = readFileSync(here('../README.md'), 'utf8');
const block = (language: string) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readme)![1]!;

it('prints what the README says', () => {
  const file = here(`./readme-example-${process.pid}.ts`);
  writeFileSync(file, block('ts'));
  try {
    expect(execFileSync(process.execPath, ['--import', 'tsx', file], { encoding: 'utf8' })).toBe(block('text'));
  } finally {
    rmSync(file);
  }
});

it('has a row for every cohort', () => {
  for (const { name } of cohortEntries) expect(readme).toMatch(new RegExp(`^\\|.*\`${name}\``, 'm'));
});
