import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { useScratch } from './fake-wheel.js';

useScratch();

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const script = fileURLToPath(new URL('../../src/engine/cli/engine.ts', import.meta.url));

function engine(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--import', tsx, script, ...args], { encoding: 'utf8' });
}

test('says in words and in JSON that only wasm is there', () => {
  expect(engine().stdout).toMatch(/wasm {4}ready .*\n.*\nauto takes wasm/);
  const status = JSON.parse(engine('--json').stdout);
  expect(status).toMatchObject({
    node: process.version,
    auto: 'wasm',
    native: { ready: false },
    wasm: { ready: true },
  });
  expect(status.wasm.size).toBeGreaterThan(1e5);
});

test.each([
  [['natve'], 2, /^Unknown command `natve`: did you mean `native`\?\n$/],
  [['native', '--forc'], 2, /^unknown option '--forc' \(Did you mean --force\?\)\n$/],
  [['native', '--wheel', 'x', '--from', 'pip'], 2, /^--wheel and --from exclude each other.*\n$/],
  [['doctor'], 1, /^No native engine is set up: .*\n$/],
])('engine %j ends with code %i and one line', (args, code, message) => {
  const { status, stdout, stderr } = engine(...args);
  expect(stderr).toMatch(message);
  expect(status).toBe(code);
  expect(stdout).toBe('');
});
