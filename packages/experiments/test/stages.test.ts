import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bench } from './fakes/cli.js';

let t: ReturnType<typeof bench>;
beforeEach(() => {
  t = bench();
});
afterEach(() => t.remove());

const CELLS = ['--only', 'm=0,m=0.9,m=0.99', '--seeds', '1,2', '--workers', '2'];

/** What was trained, in the order of starting: `first` for a stage, else the cell and what it started from. */
const trained = (): string[] =>
  readFileSync(join(t.dir, 'trained.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) =>
      line.includes('"stage"') ? 'first' : `${/"emaM":([\d.]+)/.exec(line)![1]}${/ from .*$/.exec(line)?.[0] ?? ''}`,
    );

describe('runs that start from an earlier stage', () => {
  test('the stage runs once a seed, before them, and hands its weights over; a second command runs nothing', async () => {
    const first = await t.inProcess(t.ema('a', ...CELLS), { FAKE_STAGE: 'yes', FAKE_EPOCH_MS: '5' });
    expect(first.err).toContain('8 runs, 0 stored');
    expect(first.code).toBe(0);
    const log = trained();
    expect(log.filter((name) => name === 'first')).toHaveLength(2);
    expect(log.filter((name) => name !== 'first').sort()).toEqual(
      ['0', '0', '0.9', '0.9', '0.99', '0.99'].map((m) => `${m} from epoch 8`),
    );
    const again = await t.inProcess(t.ema('b', ...CELLS), { FAKE_STAGE: 'yes' });
    expect(again.code).toBe(0);
    expect(trained()).toHaveLength(8);
    expect(t.text('b', 'results.json')).toBe(t.text('a', 'results.json'));
  });

  test('a stage that fails takes the runs that start from it along, and only those', async () => {
    const ended = await t.inProcess(t.ema('a', ...CELLS), { FAKE_STAGE: 'yes', FAKE_FAULT: 'throw:-1' });
    expect(ended.code).toBe(1);
    expect(ended.err.match(/its first stage has no weights/g)).toHaveLength(6);
    expect(trained().every((name) => name === 'first')).toBe(true);
  });

  test('stored runs need their stage no more', async () => {
    await t.inProcess(t.ema('a', ...CELLS), { FAKE_STAGE: 'yes' });
    const more = ['--only', 'm=0,m=0.9,m=0.99,m=1', '--seeds', '1,2', '--workers', '2'];
    await t.inProcess(t.ema('b', ...more), { FAKE_STAGE: 'yes' });
    expect(trained().slice(8)).toEqual(['1 from epoch 8', '1 from epoch 8']);
  });
});
