import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileStem, writeHeatmap } from '../src/mil/heatmap/write.js';
import { GALLERIES, type Gallery, type Slide } from '../src/reports/gallery/types.js';
import { writeReport } from '../src/reports/index.js';
import { hasBrowser, useBrowser } from './browser.js';
import { fakeExperiment, fakeProvenance, fakeResults } from './fake-results.js';

/*
 * Names that a page must show and never run. Slides, classes and cohorts come from files of others, and a report is
 * opened with a click.
 */

const HOSTILE = [
  '<img src=x onerror="window.broken=1">',
  '</script><script>window.broken=2</script>',
  '"><svg onload=window.broken=3>',
  '](javascript:window.broken=4) <a href="javascript:window.broken=5">',
  "'+(window.broken=6)+' datum.x); window.broken=7; //",
];

const n = 24;
const attention = Float32Array.from({ length: n }, (_, i) => (i + 1) / ((n * (n + 1)) / 2));
const coords = Float32Array.from(
  { length: 2 * n },
  (_, k) => 256 * (k % 2 === 0 ? (k >> 1) % 6 : Math.floor((k >> 1) / 6)),
);

const slides = HOSTILE.map(
  (id, i): Slide => ({
    ...{ id, label: Number(i > 0), n, coords },
    instances: Float32Array.from({ length: n }, (_, k) => Number(i > 0 && (k < 3 || k === 20))),
    ...{ maps: [attention, attention, attention], jsd: [null, 0.01, 0.002], crossEntropy: [0.7, 0.6, 0.5] },
  }),
);
const gallery: Gallery = {
  ...{ classes: HOSTILE.slice(0, 2), cohort: HOSTILE[1]!, simulated: false },
  runs: HOSTILE.slice(2, 4).map((label) => ({
    ...{ cell: label, label, split: HOSTILE[0]!, seed: 1, slides },
    embeddings: [{ epoch: 1, labels: [0, 0, 1, 1], rows: [0, 1, 5, 6].map((v) => Float32Array.of(v, v * v)) }],
  })),
};

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'asmil-hostile-'));
  await writeReport({
    experiment: { ...fakeExperiment(), gallery: [...GALLERIES] },
    results: fakeResults({ cells: 2, seeds: 2, epochs: 2, title: HOSTILE[0]! }),
    ...{ provenance: fakeProvenance(), gallery, outDir: join(dir, 'report'), assetsDir: join(dir, 'assets') },
  });
  for (const id of [...HOSTILE, '../../outside', '..']) {
    await writeHeatmap({
      slide: { id, places: coords, side: 256, unit: 'level-0 pixel', attention },
      ...{ model: HOSTILE[1]!, classes: HOSTILE.slice(0, 2), probabilities: [0.4, 0.6] },
      ...{ scale: 'percentile' as const, geojson: true, out: join(dir, 'heat', 'maps') },
    });
  }
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('keeps the files of a slide in their folder, whatever the slide is called', () => {
  expect([fileStem('../../x'), fileStem('..'), fileStem('a\\b\n'), fileStem('TCGA-01.svs')]).toEqual([
    ...['.._.._x', '__', 'a_b_', 'TCGA-01.svs'],
  ]);
  expect(readdirSync(dir).sort()).toEqual(['assets', 'heat', 'report']);
  expect(readdirSync(join(dir, 'heat'))).toEqual(['maps']);
  expect(readdirSync(join(dir, 'heat', 'maps'))).toHaveLength(4 * (HOSTILE.length + 2));
});

describe.skipIf(!hasBrowser)('in a browser (skipped without Chromium)', () => {
  const open = useBrowser();

  /** Opens a page, goes over its charts with the pointer, and says what came of it. */
  async function look(path: string) {
    const { page, errors } = await open(path);
    await page.waitForSelector('.vega-embed svg, .vega-embed canvas');
    for (const mark of (await page.$$('.vega-embed [aria-roledescription$="mark"], .vega-embed canvas')).slice(0, 60)) {
      await mark.hover().catch(() => {}); // not every mark has a size
    }
    const found = (await page.evaluate(`({
      broken: window.broken ?? null,
      images: document.querySelectorAll('img[src="x"]').length,
      links: [...document.querySelectorAll('a')].filter((a) => /^javascript:/i.test(a.getAttribute('href') ?? '')).length,
      text: document.body.textContent,
      charts: document.querySelectorAll('.vega-embed svg, .vega-embed canvas').length,
    })`)) as { broken: number | null; images: number; links: number; text: string; charts: number };
    await page.close();
    return { ...found, errors };
  }

  it('a report of slides with such names shows them and runs nothing', async () => {
    const { broken, images, links, text, charts, errors } = await look(join(dir, 'report', 'report.html'));
    expect({ broken, images, links, errors }).toEqual({ broken: null, images: 0, links: 0, errors: [] });
    expect(charts).toBeGreaterThan(5);
    expect(text).toContain(HOSTILE[0]);
  }, 120_000);

  it.each([...HOSTILE.keys()])(
    'so does the heat map of slide %i',
    async (i) => {
      const { broken, images, links, text, errors } = await look(
        join(dir, 'heat', 'maps', `${fileStem(HOSTILE[i]!)}.html`),
      );
      expect({ broken, images, links, errors }).toEqual({ broken: null, images: 0, links: 0, errors: [] });
      expect(text).toContain(HOSTILE[i]);
    },
    60_000,
  );
});
