import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { isNodeNewEnough } from '../src/doctor/machine.js';
import { withoutHome } from '../src/doctor/places.js';
import { diagnosisText } from '../src/doctor/text.js';
import type { Diagnosis } from '../src/doctor/types.js';

const dir = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => rmSync(dir, { recursive: true }));

function doctor(cache: string, ...args: string[]) {
  const program = fileURLToPath(new URL('../src/cli/doctor.ts', import.meta.url));
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return spawnSync(process.execPath, ['--import', tsx, program, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ASMIL_CACHE: cache },
  });
}

describe('the doctor', () => {
  it('finds a machine in order that lacks only what is optional', () => {
    const { status, stdout } = doctor(join(dir, 'empty'), '--json');
    const { findings, healthy } = JSON.parse(stdout) as Diagnosis;
    expect([status, healthy]).toEqual([0, true]);
    const states = Object.fromEntries(findings.map(({ what, state }) => [what, state]));
    expect(states).toMatchObject({ Node: 'ok', 'engine wasm': 'ok', cache: 'ok', 'run store': 'ok' });
    expect(findings.find(({ what }) => what === 'engine wasm')?.found).toMatch(/computes \(off by \d/);
    expect(states['engine native'], 'an empty cache holds no native engine').toBe('note');
  }, 60_000);

  it('ends with 1 and says how to mend a cache that cannot be written, and a native engine that lacks its files', () => {
    writeFileSync(join(dir, 'file'), '');
    const blocked = doctor(join(dir, 'file'));
    expect(blocked.status).toBe(1);
    expect(blocked.stdout).toMatch(/^BAD +cache .*ASMIL_CACHE/m);

    mkdirSync(join(dir, 'half', 'native', '2.21.0-cpu'), { recursive: true });
    writeFileSync(join(dir, 'half', 'native', '2.21.0-cpu', 'install.json'), '{');
    const half = doctor(join(dir, 'half'));
    expect(half.status).toBe(1);
    expect(half.stdout).toMatch(/^BAD +engine native +damaged: .*pnpm engine native/m);
  }, 60_000);

  it('takes no other option', () => {
    const { status, stderr } = doctor(dir, '--jsno');
    expect([status, stderr]).toEqual([2, "unknown option '--jsno': doctor takes --json alone\n"]);
  });
});

it('counts versions as numbers', () => {
  expect(['20.19.0', '20.9.0', '18.20.8', '26.0.0', '100.0.0'].map(isNodeNewEnough)).toEqual([
    ...[true, false, false, true, true],
  ]);
});

it('shows no one’s home folder, and marks what stands in the way', () => {
  expect(withoutHome('cannot write /home/ann/.cache: full', '/home/ann')).toBe('cannot write ~/.cache: full');
  expect(withoutHome('/tmp/x', '/')).toBe('/tmp/x');
  const findings = [{ state: 'bad', what: 'disk', found: 'full', how: 'make room' }] as const;
  expect(diagnosisText({ findings, healthy: false })).toMatch(/^BAD {3}disk {2}full: make room\nLines marked BAD/);
});
