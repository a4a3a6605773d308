import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, useBrowser } from '../../test/browser.js';
import { fakeExperiment, fakeProvenance, fakeResults } from '../../test/fake-results.js';
import { writeReport } from '../reports/index.js';
import type { Results } from '../types.js';
import { reportFaults } from './check.js';
import { writeReportIndex } from './write.js';

const HOSTILE = '<img src=x onerror="window.broken=1"></script><script>window.broken=1</script>';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'site-'));
  const small = fakeResults({ cells: 2, seeds: 2, epochs: 2 });
  const report = (name: string, results: Results) =>
    writeReport({
      experiment: fakeExperiment(),
      results,
      provenance: fakeProvenance(),
      outDir: join(folder, name),
      assetsDir: join(folder, 'assets'),
    });
  await report('b', small);
  await report('a/musk1', fakeResults({ cells: 2, seeds: 2, epochs: 2, simulated: false, title: 'MUSK1' }));
  await report('hostile', fakeResults({ cells: 2, seeds: 2, epochs: 2, title: HOSTILE }));
  await report('broken', small);
  await writeFile(join(folder, 'broken', 'results.json'), '{');
});
afterAll(() => rm(folder, { recursive: true }));

describe('the lists of reports', () => {
  it('name every report, say what is simulated and pass over what cannot be read', async () => {
    expect(await writeReportIndex(folder)).toEqual({ reports: 4 });
    const lines = (await readFile(join(folder, 'README.md'), 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('| '));
    expect(lines[2]).toContain('(a/musk1/index.md) | MUSK1 | quick | native | 2025-03-02 | macro F1 ');
    expect(lines[3]).toContain('(b/index.md) | BRACS-like slides, ViT-S features (simulated) |');
    expect(lines[4]).toContain('cannot be read');
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const cards = html.split('<article').slice(1);
    expect(cards).toHaveLength(3);
    expect(cards[0]).toMatch(/href="a\/musk1\/report\.html".*src="a\/musk1\/scores\.svg".*real data<\/span>Table 10</s);
    expect(cards[1]).toMatch(/simulated<\/span>Table 10<.*quick preset, native engine, 2025-03-02/s);
  });

  it('say so where there is none', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'site-'));
    expect(await writeReportIndex(empty)).toEqual({ reports: 0 });
    expect(await readFile(join(empty, 'index.html'), 'utf8')).toContain('No report has been written yet');
    await rm(empty, { recursive: true });
  });
});

describe.skipIf(!hasBrowser)('the site in a browser (skipped without Chromium)', () => {
  const open = useBrowser();

  it('opens offline without a word on the console; pictures load and links lead to pages', async () => {
    await writeReportIndex(folder);
    const { page, errors } = await open(join(folder, 'index.html'));
    const found = (await page.evaluate(`(async () => {
      const images = [...document.images];
      for (const image of images) image.loading = 'eager';
      await Promise.all(images.map((image) => image.decode().catch(() => {})));
      return {
        widths: images.map((image) => image.naturalWidth),
        links: [...document.links].map(({ href }) => href),
        broken: 'broken' in window,
      };
    })()`)) as { widths: number[]; links: string[]; broken: boolean };
    expect(errors).toEqual([]);
    expect(found.widths).toHaveLength(3);
    expect(Math.min(...found.widths)).toBeGreaterThan(100);
    expect(found.links).toHaveLength(3);
    for (const link of found.links) expect(existsSync(fileURLToPath(link))).toBe(true);
    expect(found.broken).toBe(false);
    await page.close();
  }, 60_000);

  it('is searched and reached by keyboard alone', async () => {
    const { page, errors } = await open(join(folder, 'index.html'));
    await page.keyboard.press('Tab');
    await page.keyboard.type('musk1 real');
    const shown = () => page.$$eval('.card:not([hidden])', (cards) => cards.length);
    expect(await shown()).toBe(1);
    expect(await page.$eval('.find output', ({ textContent }) => textContent)).toBe('1 of 3 reports');
    await page.keyboard.press('Tab');
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    expect(page.url()).toBe(pathToFileURL(join(folder, 'a', 'musk1', 'report.html')).href);
    await page.goBack();
    expect(await shown()).toBe(1); // the query is in the address
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);

  it('has reports whose charts are drawn and whose way back works, whatever a cohort is called', async () => {
    const { page, errors } = await open(join(folder, 'hostile', 'report.html'));
    await page.waitForSelector('.chart .vega-embed svg');
    await page.waitForFunction(`document.querySelectorAll('.drawn').length === 0`);
    const found = (await page.evaluate(`({
      broken: 'broken' in window,
      charts: document.querySelectorAll('.chart').length,
      marks: [...document.querySelectorAll('.chart svg.marks')].map((svg) => svg.querySelectorAll('path').length),
    })`)) as { broken: boolean; charts: number; marks: number[] };
    expect(found.broken).toBe(false);
    expect(found.marks).toHaveLength(found.charts);
    expect(Math.min(...found.marks)).toBeGreaterThan(3);
    await Promise.all([page.waitForNavigation(), page.click('nav a')]);
    expect(page.url()).toBe(pathToFileURL(join(folder, 'index.html')).href);
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);
});

describe('a folder of reports', () => {
  it('is told what is missing and which charts do not compile', async () => {
    const known = ['ablation-ema', 'no-such-thing'];
    expect(await reportFaults(folder, known)).toEqual([
      'no-such-thing: no report',
      'broken: its results.json or provenance.json cannot be read',
    ]);
    const chart = join(folder, 'b', 'scores.vl.json');
    const before = await readFile(chart, 'utf8');
    await writeFile(chart, before.replaceAll('"quantitative"', '"quantitive"'));
    const [fault] = (await reportFaults(folder, [])).filter((line) => line.startsWith('b/'));
    expect(fault).toMatch(/^b\/scores\.vl\.json: /);
    await writeFile(chart, before);
    await rm(join(folder, 'b', 'report.html'));
    expect(await reportFaults(folder, [])).toContain('b: no report.html');
    expect(await reportFaults(join(folder, 'nowhere'), ['ablation-ema'])).toEqual(['ablation-ema: no report']);
  }, 60_000);
});
