import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng, type Rng } from '@asmil/core/rng';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type RunStore } from '../../src/store/store.js';
import { bench } from '../fakes/cli.js';
import { run } from '../store/writer.js';

/*
 * Bytes of stored runs that change on the disk. What is read afterwards is what was written or nothing at all, and what is
 * missing is computed again to the same bits.
 */

const damages: Record<string, (bytes: Buffer, rng: Rng) => Buffer> = {
  'a bit flipped': (bytes, rng) => {
    const changed = Buffer.from(bytes);
    changed[rng.int(bytes.length)]! ^= 1 << rng.int(8);
    return changed;
  },
  'cut short': (bytes, rng) => bytes.subarray(0, rng.int(bytes.length)),
  'a block of zeros': (bytes, rng) => {
    const at = rng.int(bytes.length);
    return Buffer.from(bytes).fill(0, at, Math.min(bytes.length, at + 1 + rng.int(512)));
  },
  'a piece missing': (bytes, rng) => {
    const at = rng.int(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + rng.int(64))]);
  },
  'more behind it': (bytes, rng) => Buffer.concat([bytes, Buffer.from(rng.int(2) ? '0' : '}\n')]),
};
const NAMES = Object.keys(damages);

/** Damages one file in a folder; returns its name and what was done. */
function damage(folder: string, rng: Rng): string {
  const files = readdirSync(folder).sort();
  const file = files[rng.int(files.length)]!;
  const kind = NAMES[rng.int(NAMES.length)]!;
  const path = join(folder, file);
  writeFileSync(path, damages[kind]!(readFileSync(path), rng));
  return `${file}: ${kind}`;
}

it('five hundred damages: a stored run is read as it was written, or set aside', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'asmil-damage-'));
  try {
    const whole = run(true);
    const { signature } = whole.record;
    const pristine = join(dir, 'pristine');
    const store = await openStore(pristine, () => {});
    await store.write({ ...whole, portrait: whole.checkpoint! });
    const written = await contentOf(store, signature);
    const rng = createRng(1, 'damage');
    const seen = { read: 0, 'set aside': 0, 'without timing': 0 };

    /** A copy of the store with one damage; what is read of it. */
    async function damaged(i: number): Promise<void> {
      const copy = join(dir, `copy-${i}`);
      cpSync(pristine, copy, { recursive: true });
      const part = join(copy, signature.slice(0, 2));
      const what = damage(join(part, signature), rng);
      const lines: string[] = [];
      const found = await contentOf(await openStore(copy, (line) => lines.push(line)), signature);
      if (found === undefined) {
        seen['set aside']++;
        expect([what, lines]).toEqual([what, [expect.stringMatching(/^damaged run .*: set aside as .*$/)]]);
        expect(readdirSync(part)).toEqual([`${signature}.damaged`]);
      } else if (found.timing === undefined) {
        seen['without timing']++;
        expect([what, found]).toEqual([what, { ...written, timing: undefined }]);
      } else {
        seen.read++;
        expect([what, found]).toEqual([what, written]);
      }
      rmSync(copy, { recursive: true });
    }
    // Many at once: a damaged run is looked at again after a pause.
    for (let i = 0; i < 500; i += 100) await Promise.all(Array.from({ length: 100 }, (_, k) => damaged(i + k)));
    // Blanks between the numbers of record.json may change without harm; nothing else may.
    expect(seen.read).toBeLessThan(50);
    expect(seen['without timing']).toBeGreaterThan(50);
    expect(seen['set aside']).toBeGreaterThan(300);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}, 120_000);

async function contentOf(store: RunStore, signature: string) {
  const found = await store.readWhole(signature);
  if (!found) return undefined;
  const { record, timing, bags, checkpoint, portrait } = found;
  return { record, timing, bags, weights: readFileSync(checkpoint!), maps: readFileSync(portrait!) };
}

const t = bench();
const SIX = ['--only', 'm=0,m=0.9,m=0.999', '--checkpoints', '--workers', '2'];
beforeAll(async () => {
  await t.inProcess(t.ema('clean', ...SIX));
});
afterAll(() => t.remove());

it('the command computes exactly the damaged runs again, to the same bits, and leaves the others alone', async () => {
  const names = t.stored();
  expect(names).toHaveLength(6);
  const rng = createRng(2, 'damage');
  const hurt = names.slice(0, 4);
  for (const name of hurt) {
    const folder = join(t.store, name);
    const path = join(folder, ['record.json', 'bags.json', 'checkpoint.safetensors'][rng.int(3)]!);
    writeFileSync(path, damages['cut short']!(readFileSync(path), rng));
  }
  const whole = names.slice(4).map((name) => statSync(join(t.store, name, 'record.json')).mtimeMs);
  const before = t.trained().length;
  const { code, err } = await t.inProcess(t.ema('again', ...SIX));
  expect([code, t.trained().length - before]).toEqual([0, 4]);
  expect(err.match(/^damaged run /gm)).toHaveLength(4);
  expect(t.text('again', 'results.json')).toBe(t.text('clean', 'results.json'));
  expect(names.slice(4).map((name) => statSync(join(t.store, name, 'record.json')).mtimeMs)).toEqual(whole);
  // What was set aside is kept for whoever wants to look at it.
  expect(t.stored().filter((name) => name.endsWith('.damaged'))).toHaveLength(4);
});
