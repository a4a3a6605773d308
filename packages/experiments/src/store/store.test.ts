import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@asmil/core/errors';
import { tempName } from '@asmil/core/temp-name';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PAPER_TRAINING } from '../presets/paper-training.js';
import type { RunRecord, RunSpec } from '../types.js';
import { writeError } from './errors.js';
import { signatureOf } from './signature.js';
import { openStore } from './store.js';

const spec: RunSpec = {
  kind: 'train',
  trainer: 1,
  engine: 'wasm',
  model: { name: 'asmil', version: 1, config: { variant: 'paper', emaM: 0.999 } },
  cohort: { name: 'bracs-sim', options: { scale: 'quick', encoder: 'vit-s' }, fingerprint: 'abc' },
  split: { seed: 0, name: 'fold-0' },
  train: PAPER_TRAINING,
  seed: 1,
};
const signature = signatureOf(spec);
const scores = { n: 2, macroF1: 2 / 3, macroAuc: null, accuracy: 0.5, crossEntropy: Number.NaN };
const record: RunRecord = {
  signature,
  spec,
  split: { name: 'fold-0', train: ['a'], val: [], test: ['b', 'c'] },
  result: {
    status: 'diverged',
    diverged: { epoch: 1, step: 2, bag: 'a', value: 'NaN' },
    selectedEpoch: 1,
    selected: scores,
    last: scores,
    epochs: [
      { epoch: 1, loss: Number.POSITIVE_INFINITY, terms: { ce: 0.1 }, val: null, test: scores, attention: null },
    ],
  },
};
const bags = {
  b: [
    { jsd: null, peak: 1.23456789, entropy: 1, halfMass: 0.5, instanceMass: null, instanceAuc: null, crossEntropy: 2 },
  ],
};
const timing = { wallSeconds: 1.5, started: '2024-01-01T00:00:00.000Z', host: 'here' };

let dir: string;
let lines: string[];
const open = () => openStore(dir, (line) => lines.push(line));
const folder = () => join(dir, signature.slice(0, 2), signature);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'asmil-store-'));
  lines = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('signatureOf', () => {
  it('is frozen: a change here makes every stored run a stranger', () => {
    expect(signature).toBe('6ad7d4bcf6dee64d');
  });

  it('does not depend on the order of keys, and does on every value', () => {
    const reversed = Object.fromEntries(Object.entries(spec).reverse()) as unknown as RunSpec;
    expect(signatureOf(reversed)).toBe(signature);
    const others: RunSpec[] = [
      { ...spec, seed: 2 },
      { ...spec, split: { seed: 1, name: 'fold-0' } },
      { ...spec, engine: 'native' },
      { ...spec, trainer: 2 },
      { ...spec, train: { ...spec.train, lr: 2e-4 } },
      { ...spec, model: { ...spec.model, version: 2 } },
      { ...spec, cohort: { ...spec.cohort, fingerprint: 'abd' } },
    ];
    expect(new Set([signature, ...others.map(signatureOf)]).size).toBe(8);
  });
});

describe('the run store', () => {
  it('gives back what was written, NaN and infinities included', async () => {
    await (await open()).write({ record, bags, timing });
    const store = await open();
    expect(await store.read(signature)).toEqual({ record, timing });
    expect((await store.readWhole(signature))?.bags.b?.[0]?.peak).toBe(1.23457);
    expect(await store.read('0123456789abcdef')).toBeUndefined();
    expect(readdirSync(join(dir, signature.slice(0, 2)))).toEqual([signature]);
  });

  it('keeps a bag of one instance, which has no entropy', async () => {
    const store = await open();
    const single = { c: [{ ...bags.b[0]!, peak: 1, entropy: null }] };
    await store.write({ record, bags: single, timing });
    expect((await store.readWhole(signature))?.bags).toEqual(single);
    expect(lines).toEqual([]);
  });

  it('keeps the first record of a signature unless told to replace it', async () => {
    const store = await open();
    await store.write({ record, bags, timing });
    await store.write({ record, bags, timing: { ...timing, wallSeconds: 9 } });
    expect((await store.read(signature))?.timing?.wallSeconds).toBe(1.5);
    await store.write({ record, bags, timing: { ...timing, wallSeconds: 9 } }, { replace: true });
    expect((await store.read(signature))?.timing?.wallSeconds).toBe(9);
    expect(readdirSync(join(dir, signature.slice(0, 2)))).toEqual([signature]);
  });

  const edit = (file: string, change: (text: string) => string): void => {
    const path = join(folder(), file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  };
  const damages: [string, RegExp, () => void][] = [
    ['one digit of a score', /checksum of record/, () => edit('record.json', (t) => t.replace('0.6666', '0.6667'))],
    [
      'another specification',
      /checksum of record/,
      () => edit('record.json', (t) => t.replace('"seed": 1', '"seed": 2')),
    ],
    ['a record cut short', /not valid JSON/, () => edit('record.json', (t) => t.slice(0, 100))],
    ['an empty record', /not of the expected form/, () => edit('record.json', () => '{}')],
    ['other dynamics', /checksum of bags/, () => edit('bags.json', (t) => t.replace('1.23457', '1.23458'))],
    ['missing dynamics', /a file is missing/, () => rmSync(join(folder(), 'bags.json'))],
  ];
  it.each(damages)('sets a damaged run aside and counts it as missing: %s', async (_name, reason, damage) => {
    const store = await open();
    await store.write({ record, bags, timing });
    damage();
    expect(await store.read(signature)).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(reason);
    expect(lines[0]).toContain(`${signature}.damaged`);
    await store.write({ record, bags, timing });
    expect((await store.read(signature))?.record).toEqual(record);
    expect(readdirSync(join(dir, signature.slice(0, 2))).sort()).toEqual([signature, `${signature}.damaged`]);
  });

  it('does without timing.json', async () => {
    const store = await open();
    await store.write({ record, bags, timing });
    edit('timing.json', () => 'x');
    expect(await store.read(signature)).toEqual({ record, timing: undefined });
  });

  it('reads runs that were stored before all files had checksums', async () => {
    const store = await open();
    await store.write({ record, bags, timing });
    edit('record.json', (t) => t.replace(/,\s*"filesSha256": \{\}/, ''));
    edit('timing.json', () => JSON.stringify(timing));
    expect(readFileSync(join(folder(), 'record.json'), 'utf8')).not.toContain('filesSha256');
    expect(await store.read(signature)).toEqual({ record, timing });
    expect(lines).toEqual([]);
  });

  it('gives equal runs equal records, wherever and however long they ran', async () => {
    const store = await open();
    await store.write({ record, bags, timing });
    const before = readFileSync(join(folder(), 'record.json'), 'utf8');
    await store.write({ record, bags, timing: { ...timing, wallSeconds: 9, host: 'there' } }, { replace: true });
    expect(readFileSync(join(folder(), 'record.json'), 'utf8')).toBe(before);
  });

  it('clears away the temp folders of dead processes only', async () => {
    const dead = spawnSync(process.execPath, ['-e', '0']).pid;
    const other = (name: string): string => name.replace(/^\.tmp-.+?-(?=\d+-[0-9a-f]{8}$)/, '.tmp-elsewhere.0123abcd-');
    // A process number of another host, or of this one before it started anew, says nothing here.
    const names = [tempName(dead), tempName(process.ppid), other(tempName(dead)), '.tmp-elsewhere-1-0123abcd'];
    expect(names[2]).toMatch(new RegExp(`^\\.tmp-elsewhere\\.0123abcd-${dead}-`));
    const old = '.tmp-elsewhere.0123abcd-1-76543210';
    mkdirSync(join(dir, 'ab', old), { recursive: true });
    utimesSync(join(dir, 'ab', old), new Date(0), new Date(0));
    for (const name of names) mkdirSync(join(dir, 'ab', name), { recursive: true });
    await open();
    expect(readdirSync(join(dir, 'ab')).sort()).toEqual(names.slice(1).sort());
  });

  it('names the folder that cannot be written', async () => {
    writeFileSync(join(dir, 'file'), '');
    await expect(openStore(join(dir, 'file', 'store'), () => {})).rejects.toThrow(
      `cannot write to ${join(dir, 'file', 'store')}: a part of the path is a file`,
    );
    const full = writeError(Object.assign(new Error('x'), { code: 'ENOSPC' }), '/runs', '--store DIR') as UserError;
    expect(full).toBeInstanceOf(UserError);
    expect([full.message, full.exitCode]).toEqual([
      'cannot write to /runs: no space is left on the device; make room or choose another with --store DIR',
      1,
    ]);
  });
});
