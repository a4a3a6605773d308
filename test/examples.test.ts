import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { exportCohort, openCohort } from '@asmil/data';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from './sources.js';

const dir = mkdtempSync(join(tmpdir(), 'asmil-examples-'));
afterAll(() => rmSync(dir, { recursive: true }));
const feats = join(dir, 'feats');
const model = join(dir, 'model.safetensors');

const words = (name: string, args: readonly string[]) => ['--import', 'tsx', `examples/${name}.ts`, ...args];
async function run(name: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, words(name, args), { cwd: ROOT });
  return stdout.trim().split('\n');
}

beforeAll(async () => {
  await exportCohort(await openCohort('camelyon16-sim', { scale: 'quick' }), feats, { splitSeed: 0, slides: 12 });
});

test('train-on-my-features keeps a model, and score-server scores a slide with it until it is told to stop', async () => {
  const lines = await run('train-on-my-features', feats, model);
  expect(lines[0]).toMatch(/: 12 slides, 384 features a tile, normal or tumour$/);
  expect(lines.slice(1, 5).map((line) => line.replace(/[\d.]+/g, '#'))).toEqual(
    Array.from({ length: 4 }, () => 'epoch #: loss #, validation F# #'),
  );
  expect(lines.at(-1)).toContain(model);
  expect(existsSync(model)).toBe(true);

  const server = spawn(process.execPath, words('score-server', [model, feats, '0']), {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const address = /^(http:\S+)\/slides\/NAME for 12 slides$/.exec(await firstLine(server))![1]!;
    const get = async (path: string) => {
      const response = await fetch(address + path);
      return [response.status, (await response.json()) as Answer] as const;
    };
    const [status, { slide, predicted, probabilities }] = await get('/slides/test_tumor_001');
    expect([status, slide, ['normal', 'tumour'].includes(predicted)]).toEqual([200, 'test_tumor_001', true]);
    expect(probabilities.normal! + probabilities.tumour!).toBeCloseTo(1, 5);
    expect(await get('/slides/nobody')).toEqual([404, { error: 'no slide nobody' }]);
    expect(await get('/slides/..%2Fdataset')).toEqual([404, { error: 'no slide ../dataset' }]);
    expect((await get('/'))[0]).toBe(404);
  } finally {
    const ended = new Promise((resolve) => server.on('exit', (code) => resolve(code)));
    server.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
});

test('wrap-my-model: both learn, and the anchored one’s attention is less concentrated', async () => {
  const [alone, anchored] = (await run('wrap-my-model')).map((line) => {
    const [, name, f1, peak] =
      /^(\w+): test F1 ([\d.]+), attention moved by \S+ nats, largest weight × N ([\d.]+)$/.exec(line)!;
    return { name, f1: Number(f1), peak: Number(peak) };
  });
  expect([alone!.name, anchored!.name]).toEqual(['alone', 'anchored']);
  expect(Math.min(alone!.f1, anchored!.f1)).toBeGreaterThan(0.7);
  expect(anchored!.peak).toBeLessThan(alone!.peak);
});

interface Answer {
  readonly slide: string;
  readonly predicted: string;
  readonly probabilities: Readonly<Record<string, number>>;
}

const firstLine = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
