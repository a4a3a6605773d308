import { describe, expect, it } from 'vitest';
import { renderSvg } from '../src/reports/charts/render.js';
import { typicalSlides, unevenSlides } from '../src/reports/gallery/choose.js';
import { keptEpochs } from '../src/reports/gallery/dynamics.js';
import { nearestShare } from '../src/reports/gallery/embedding.js';
import { foundLesions } from '../src/reports/gallery/failures.js';
import { gridOf, outlineOf, regionsOf } from '../src/reports/gallery/grid.js';
import { galleryCharts } from '../src/reports/gallery/index.js';
import { legendValues } from '../src/reports/gallery/map-panel.js';
import { embeddingsOf, slidesOf } from '../src/reports/gallery/read.js';
import { centredScores } from '../src/reports/gallery/scores.js';
import { GALLERIES, type Gallery, type Slide } from '../src/reports/gallery/types.js';

/** A slide of 6 × 4 tiles, 256 apart, with `marked` tiles labelled (index = row × 6 + column). */
function slide(id: string, label: number, marked: readonly number[], peak = 0): Slide {
  const n = 24;
  const coords = Float32Array.from({ length: 2 * n }, (_, k) =>
    k % 2 === 0 ? 1024 + 256 * ((k >> 1) % 6) : 512 + 256 * Math.floor((k >> 1) / 6),
  );
  const maps = [1, 2, 3].map((epoch) => {
    const raw = Float32Array.from({ length: n }, (_, i) => (i === peak ? 1 + epoch : 1 + (i % 3) / 10));
    const sum = raw.reduce((a, b) => a + b, 0);
    return raw.map((v) => v / sum);
  });
  const instances = Float32Array.from({ length: n }, (_, i) => Number(marked.includes(i)));
  return { id, label, n, coords, instances, maps, jsd: [null, 0.01, 0.002], crossEntropy: [0.7, 0.6, 0.5] };
}

const BLOCK = [0, 1, 2, 6, 7, 8]; // a lesion of 3 × 2 tiles in a corner
const slides = [slide('n1', 0, []), slide('t1', 1, [...BLOCK, 23], 1), slide('t2', 1, [5], 5)];
const embeddings = [1, 3].map((epoch) => ({
  epoch,
  labels: [0, 0, 1, 1, 0, 1],
  rows: [0, 0.1, 5, 5.1, 0.2, 5.2].map((v) => Float32Array.of(v, epoch)),
}));
const gallery: Gallery = {
  classes: ['normal', 'tumour'],
  cohort: 'a cohort',
  simulated: true,
  runs: ['one', 'two'].map((label) => ({ cell: label, label, split: 's', seed: 1, slides, embeddings })),
};

it('writes numbers beside the colours that do not touch, with 1 among them', () => {
  expect(legendValues(2)).toEqual([0, 0.3, 1]);
  expect(legendValues(5)).toEqual([0, 0.3, 1, 3]);
  expect(legendValues(250)).toEqual([0, 0.3, 1, 10, 100]);
});

describe('the tile grid', () => {
  const grid = gridOf(slides[1]!)!;

  it('counts in tiles from the left upper one', () => {
    expect([grid.columns, grid.rows]).toEqual([6, 4]);
    expect([grid.x[7], grid.y[7]]).toEqual([1, 1]);
    expect(gridOf({ coords: null, n: 24 })).toBeNull();
  });

  it('has the lesions as regions, touching corners included, the largest first', () => {
    expect(regionsOf(grid, slides[1]!.instances).map((r) => r.length)).toEqual([6, 1]);
    expect(regionsOf(grid, slide('x', 1, [0, 7, 14]).instances).map((r) => r.length)).toEqual([3]);
    expect(regionsOf(grid, null)).toEqual([]);
  });

  it('outlines a region by the sides that it does not share: 3 × 2 tiles have ten', () => {
    expect(outlineOf(grid, slide('x', 1, BLOCK).instances)).toHaveLength(10);
    expect(outlineOf(grid, slide('x', 1, [7]).instances)).toContainEqual({ x: 0.5, y: 0.5, x2: 0.5, y2: 1.5 });
  });
});

describe('the choice of slides', () => {
  it('takes one without and one with labelled tiles, of median size', () => {
    expect(typicalSlides(slides)).toEqual({ normal: slides[0], lesion: slides[1] });
    expect(typicalSlides([slides[0]!]).lesion).toBeNull();
  });

  it('finds slides with lesions of very different sizes', () => {
    expect(unevenSlides(slides).map(({ slide: s, large, small }) => [s.id, large.length, small.length])).toEqual([
      ['t1', 6, 1],
    ]);
  });
});

it('ranks each lesion among the unlabelled tiles', () => {
  const [found] = foundLesions(gallery.runs[0]!);
  // The large lesion holds the peak; the small one (tile 23, third of its kind) shares the next weights.
  expect(found!.large).toBeGreaterThan(found!.small - 0.5);
  const upside = { ...slides[1]!, maps: [Float32Array.from({ length: 24 }, (_, i) => (i === 23 ? 0 : 1 / 23))] };
  const [missed] = foundLesions({ ...gallery.runs[0]!, slides: [upside] });
  expect(missed!.small).toBe(0); // below all others
  expect(missed!.large).toBe(0.5); // tied with all others
});

it('gives scores back from a softmax map, up to a constant', () => {
  const scores = [0.5, -1, 2];
  const weights = scores.map(Math.exp);
  const sum = weights.reduce((a, b) => a + b, 0);
  const back = centredScores(Float32Array.from(weights, (w) => w / sum));
  for (const [i, value] of back.entries()) expect(value).toBeCloseTo(scores[i]! - 0.5, 5);
});

it('keeps the first and the last epoch among the shown', () => {
  expect(keptEpochs(3)).toEqual([1, 2, 3]);
  const many = keptEpochs(50);
  expect([many[0], many.at(-1), many.length <= 8]).toEqual([1, 50, true]);
});

it('says how many bags have a neighbour of their class', () => {
  expect(nearestShare(embeddings[0]!)).toBe(1);
  expect(nearestShare({ rows: embeddings[0]!.rows, labels: [0, 1, 0, 1, 0, 1] })).toBeLessThan(0.5);
});

it('reads what a run has kept', () => {
  const arrays = {
    'map/b': { shape: [2, 3], data: Float32Array.of(1, 0, 0, 0, 1, 0) },
    'label/b': { shape: [1], data: Float32Array.of(1) },
    'feature/2': { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
    'feature-labels': { shape: [2], data: Float32Array.of(0, 1) },
  };
  const [read] = slidesOf(arrays, {});
  expect(read).toMatchObject({ id: 'b', label: 1, n: 3, coords: null, instances: null });
  expect([...read!.maps[1]!]).toEqual([0, 1, 0]);
  expect(embeddingsOf(arrays)[0]).toMatchObject({ epoch: 2, labels: [0, 1] });
  expect([...embeddingsOf(arrays)[0]!.rows[1]!]).toEqual([3, 4]);
});

it.each(GALLERIES)('draws %s, with the seed in the caption', async (kind) => {
  const charts = galleryCharts([kind], gallery);
  expect(charts.length).toBeGreaterThan(0);
  for (const chart of charts) {
    expect(chart.caption).toMatch(/seed/);
    const { svg, warnings } = await renderSvg(chart.spec);
    expect(svg).toContain('<svg');
    expect(warnings).toEqual([]);
  }
});

it('names the settings without maps', () => {
  const [chart] = galleryCharts(['maps'], { ...gallery, without: ['three', 'four'] });
  expect(chart!.caption).toMatch(/ No maps were kept of three and four\.$/);
  expect(galleryCharts(['maps'], gallery)[0]!.caption).not.toContain('No maps');
});

it('draws what there is: no maps of bags that are no places', () => {
  const plain = slides.map((s) => ({ ...s, coords: null }));
  const flat = { ...gallery, runs: gallery.runs.map((run) => ({ ...run, slides: plain })) };
  expect(galleryCharts(['maps', 'failures'], flat)).toEqual([]);
  expect(galleryCharts(['dynamics'], flat)).toHaveLength(2);
  expect(galleryCharts([...GALLERIES], { ...gallery, runs: [] })).toEqual([]);
});
