import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeExperiment, fakeProvenance, fakeResults } from '../../test/fake-results.js';
import type { Results } from '../types.js';
import { resultsCsv, summarise, unpackResults, type WriteReportOptions, writeReport } from './index.js';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'report-'));
});
afterAll(() => rm(root, { recursive: true }));

/** Writes a report into `root/name`; gives back every file as text. */
async function written(
  name: string,
  results: Results,
  options: Partial<WriteReportOptions> = {},
): Promise<Map<string, string>> {
  const outDir = join(root, name);
  const { files } = await writeReport({
    experiment: fakeExperiment(),
    results,
    provenance: fakeProvenance(),
    outDir,
    assetsDir: join(root, 'assets'),
    ...options,
  });
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return new Map(files.map((file, i) => [file.slice(outDir.length + 1), texts[i]!]));
}

const small = fakeResults({ cells: 2, seeds: 2, epochs: 3 });

describe('a report', () => {
  it('holds everything, the same bytes each time, and leaves the notes alone', async () => {
    const results = fakeResults({ diverged: ['m=0/2'] });
    const first = await written('one', results);
    expect([...first.keys()].sort()).toEqual(
      [
        'index.md',
        'report.html',
        'results.csv',
        'results.json',
        'provenance.json',
        ...[
          'scores',
          'differences',
          'stability',
          'attention-dynamics',
          'epochs-f1',
          'epochs-auc',
          'epochs-cross-entropy',
        ].flatMap((id) => [`${id}.svg`, `${id}.vl.json`]),
      ].sort(),
    );
    expect(await written('again', structuredClone(results))).toEqual(first);
    expect(unpackResults(JSON.parse(first.get('results.json')!))).toEqual(results);

    const notes = 'First <b>line</b>,\ncontinued.\n\nSecond paragraph.';
    await writeFile(join(root, 'one', 'notes.md'), notes);
    const second = await written('one', results);
    expect(second.get('index.md')).toContain(
      '## What this shows\n\nFirst &lt;b&gt;line&lt;/b&gt;, continued.\n\nSecond paragraph.\n\n## Results',
    );
    expect(second.get('report.html')).toContain(
      '<p>First &lt;b&gt;line&lt;/b&gt;, continued.</p>\n<p>Second paragraph.</p>',
    );
    expect(await readFile(join(root, 'one', 'notes.md'), 'utf8')).toBe(notes);
    expect(second.get('results.json')).toBe(first.get('results.json'));
  });

  it('names what was run and what did not finish', async () => {
    const page = (await written('two', fakeResults({ diverged: ['m=0/2'] }))).get('index.md')!;
    expect(page).toMatch(/^# .*\(simulated\)$/m);
    expect(page).toContain(
      '- m\u00a0=\u00a00.0, split official, seed 2: loss NaN at epoch 4, step 17, bag bracs\\_0042',
    );
    for (const text of [
      'commit 0123456789abcdef',
      '2025-03-02T10:20:30.000Z',
      'pnpm exp ablation-ema --quick',
      'over 5 seeds on the same split',
      'predicted class by argmax',
      'largest validation macro F1 + macro AUC',
      '![Macro F1 and macro AUC by EMA momentum m',
    ]) {
      expect(page).toContain(text);
    }
  });

  it('says on every page that it is partial', async () => {
    const whole = await written('whole', small);
    expect(whole.get('index.md')).not.toContain('Partial');
    const files = await written('partial', { ...small, planned: 14 });
    expect(files.get('index.md')).toContain('> **Partial report.** This report holds 4 of 14 planned runs');
    expect(files.get('report.html')).toContain(
      '<strong>Partial report.</strong> This report holds 4 of 14 planned runs',
    );
    expect(files.get('scores.svg')).toContain('partial: 4 of 14 planned runs');
  });

  it('lets nothing of a title through as mark-up', async () => {
    const title = '<script>alert(1)</script><!--"\'';
    const files = await written('three', { ...small, cohort: { ...small.cohort, title } });
    for (const [name, text] of files) {
      if (name.endsWith('.json') || name === 'results.csv') continue;
      expect({ name, found: text.includes('<script>alert') || text.includes('<!--') }).toEqual({ name, found: false });
    }
    const html = files.get('report.html')!;
    const specs = [...html.matchAll(/<script type="application\/json" id="[^"]+">(.*?)<\/script>/gs)];
    expect(specs.length).toBeGreaterThan(2);
    for (const spec of specs) expect(() => JSON.parse(spec[1]!)).not.toThrow();
    expect(JSON.parse(specs[0]![1]!).title.text.join(' ')).toContain('<script>alert(1)</script>');
  });

  it.each([
    ['ten folds of a classic set', { splits: 10, seeds: 2, epochs: 40, classic: true }],
    ['ten draws of slides with labelled instances', { splits: 10, seeds: 1, epochs: 50 }],
  ])('stays under a megabyte with %s', async (name, options) => {
    const files = await written(name, fakeResults(options));
    const bytes = [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    expect(bytes).toBeLessThan(1e6);
  });
});

describe('the page', () => {
  it('loads its libraries from the shared folder and nothing from elsewhere', async () => {
    const html = (await written('five', small)).get('report.html')!;
    const sources = [...html.matchAll(/ src="([^"]*)"/g)].map((match) => match[1]);
    expect(sources).toEqual(['../assets/vega.min.js', '../assets/vega-lite.min.js', '../assets/vega-embed.min.js']);
    expect((await readdir(join(root, 'assets'))).sort()).toEqual([
      'vega-embed.min.js',
      'vega-lite.min.js',
      'vega.min.js',
    ]);
    expect(html.match(/<div class="drawn"><svg /g)).toHaveLength(html.match(/<figure>/g)!.length);
    expect(html.replaceAll(/"\$schema":"[^"]*"|xmlns="[^"]*"/g, '')).not.toMatch(/https?:/);
  });

  it('stands alone when asked to', async () => {
    const html = (await written('six', small, { standalone: true, assetsDir: join(root, 'none') })).get('report.html')!;
    expect(html).not.toMatch(/<script src=/);
    expect(html.match(/<script[\s>]/g)).toHaveLength(html.match(/<\/script>/g)!.length);
    expect(html.length).toBeGreaterThan(800_000);
    expect(await readdir(root)).not.toContain('none');
  });
});

describe('the CSV', () => {
  it('has a row a setting with our numbers and the paper’s', () => {
    const csv = resultsCsv(summarise(fakeExperiment(), fakeResults()));
    const [head, ...rows] = csv.trim().split('\n');
    const names = head!.split(',');
    expect(rows).toHaveLength(7);
    const at = (row: number, name: string): string =>
      rows[row]!.replace(/"[^"]*"/g, 'x').split(',')[names.indexOf(name)]!;
    expect(at(4, 'cell')).toBe('m=0.999');
    expect(at(4, 'macroF1_difference')).toBe('');
    expect(Number(at(0, 'macroF1_difference'))).toBeLessThan(-0.05);
    expect(at(4, 'paper_BRACS_macroF1_mean')).toBe('0.781');
    expect(at(4, 'macroF1_n')).toBe('5');
  });
});
