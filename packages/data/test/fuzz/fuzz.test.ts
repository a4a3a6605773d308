import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@asmil/core';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { jobsFor, runCampaign } from './campaign.js';
import { inputOf } from './inputs.js';
import { judge, LIMITS, strays } from './judge.js';
import { BOUNDARIES } from './mutate.js';
import { CANARY } from './pickle-input.js';
import { READERS, type Reader } from './readers.js';
import { tableText, tallies } from './table.js';

const folder = mkdtempSync(join(tmpdir(), 'asmil-fuzz-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('every reader reads or refuses hostile files, in little time and memory', async () => {
  const failures = join(folder, 'failures');
  const lines = await runCampaign({ seed: 20, jobs: jobsFor(200 * Object.keys(READERS).length), failures });
  const failed = lines.filter(({ outcome }) => outcome === 'failed');
  expect(failed.map(({ reader, index, said }) => `${reader} ${index}: ${said}`)).toEqual([]);
  for (const { reader, inputs, accepted, refused } of tallies(lines)) {
    expect([reader, inputs]).toEqual([reader, 200]);
    expect([reader, accepted > 0, refused > 30]).toEqual([reader, true, true]); // neither all sound nor all nonsense
  }
}, 240_000);

describe('inputs', () => {
  test('are the same for the same seed and number, and others for others', () => {
    for (const reader of Object.keys(READERS)) {
      const [one, again] = [inputOf(reader, 5, 3), inputOf(reader, 5, 3)];
      expect(Buffer.compare(one, again)).toBe(0);
      const others = [4, 5, 6, 7].map((index) => Buffer.compare(inputOf(reader, 5, index), one));
      expect(others.some((difference) => difference !== 0)).toBe(true);
    }
  });

  test('have the ends of what fields of 8, 16, 32 and 64 bits hold', () => {
    for (const value of [0n, 1n, 2n ** 31n - 1n, 2n ** 32n - 1n, 2n ** 63n - 1n, 2n ** 64n - 1n])
      expect(BOUNDARIES).toContain(value);
  });
});

describe('the judge', () => {
  let asked = 0;
  const allocations = { reset: () => {}, largest: () => asked };
  beforeEach(() => {
    asked = 0;
  });
  const path = join(folder, 'input-7.h5');
  const of = async (read: Reader['read']) =>
    judge({ ending: '.h5', seeds: [], make: () => new Uint8Array(0), read }, path, 10, allocations);
  const throwing = (error: unknown) => of(async () => Promise.reject(error));

  test('accepts results and lines that name the file', async () => {
    expect((await of(async () => ['one line'])).outcome).toBe('accepted');
    expect(await throwing(new UserError('input-7.h5: damaged'))).toMatchObject({ outcome: 'refused' });
  });

  test.each([
    ['another error', new TypeError('x is undefined'), /^TypeError: x is undefined/],
    ['no error at all', 'text', /^threw text$/],
    ['a line that names no file', new UserError('damaged'), /^does not name the file/],
    ['two lines', new UserError('input-7.h5: a\nb'), /^a line with a control character/],
    ['colours for the terminal', new UserError('input-7.h5: \u001b[31m'), /^a line with a control character/],
    ['a line without end', new UserError(`input-7.h5: ${'x'.repeat(LIMITS.line)}`), /^a line of 1012 characters/],
  ])('fails %s', async (_, error, said) => {
    expect(await throwing(error)).toMatchObject({ outcome: 'failed', said: expect.stringMatching(said) });
  });

  test('fails what is thrown outside of the call', async () => {
    const verdict = await of(async () => {
      strays.push(new Error('nobody awaited it'));
      return [];
    });
    expect(verdict.said).toMatch(/^outside of the call: Error: nobody awaited it/);
    expect(strays).toEqual([]);
  });

  test('fails what takes long', async () => {
    const clock = vi.spyOn(process, 'cpuUsage').mockReturnValueOnce({ user: 0, system: 0 });
    clock.mockReturnValueOnce({ user: 1_500_000, system: 600_000 });
    const verdict = await of(async () => []);
    clock.mockRestore();
    expect(verdict).toMatchObject({ outcome: 'failed', said: 'took 2100 ms of processor time' });
  });

  test('fails what takes much memory, or asks for it', async () => {
    asked = LIMITS.memory + 1;
    expect((await of(async () => [])).said).toBe('asked for 128 MiB at once for a file of 10 bytes');
    asked = 0;
    const verdict = await of(async () => [String(Buffer.alloc(LIMITS.memory + 2 ** 24, 1).length)]);
    expect(verdict.said).toMatch(/^took 1[3-9]\d MiB for a file of 10 bytes$/);
  });

  test('fails code that is run', async () => {
    const verdict = await of(async () => {
      writeFileSync(CANARY, '');
      return [];
    });
    rmSync(CANARY);
    expect(verdict.said).toBe('code of the file was run');
  });
});

test('a table has a row a reader and one of all', () => {
  const line = {
    reader: 'a',
    index: 0,
    bytes: 9,
    outcome: 'accepted',
    ms: 1.6,
    memory: 2 ** 20,
    asked: 2 ** 19,
  } as const;
  const rows = tableText([line, { ...line, outcome: 'failed', ms: 7 }, { ...line, reader: 'b', outcome: 'refused' }]);
  expect(
    rows.split('\n').map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    ),
  ).toEqual([
    ['reader', 'inputs', 'accepted', 'refused', 'failed', 'slowest, ms', 'most memory, MiB', 'largest request, MiB'],
    [
      '-------',
      '------:',
      '-------:',
      '------:',
      '-----:',
      '----------:',
      '---------------:',
      '-------------------:',
    ].map((_, k) => expect.stringMatching(k === 0 ? /^-+$/ : /^-+:$/)),
    ['a', '2', '1', '0', '1', '7', '1.0', '0.5'],
    ['b', '1', '0', '1', '0', '2', '1.0', '0.5'],
    ['all', '3', '1', '1', '1', '7', '1.0', '0.5'],
  ]);
  expect(readdirSync(folder)).not.toContain('failures');
});
