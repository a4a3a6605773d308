import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModel } from '@asmil/baselines';
import { Executor, exportState, saveCheckpoint, Trainer, useEngine } from '@asmil/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { heatGeojson } from '../../src/mil/heatmap/geojson.js';
import { extentOf, heatOf } from '../../src/mil/heatmap/heat.js';
import { overlaySvg } from '../../src/mil/heatmap/overlay.js';
import { readThumbnail, thumbnailOn } from '../../src/mil/heatmap/thumbnail.js';
import { PAPER_TRAINING } from '../../src/presets/paper-training.js';
import { renderPng } from '../../src/reports/charts/render.js';
import { dir, mil } from './harness.js';

const attention = Float32Array.of(0.1, 0.4, 0.1, 0.4);
const slide = { id: 'a<b', places: [0, 0, 256, 0, 0, 256, 256, 256], side: 256, unit: 'level-0 pixel', attention };

beforeAll(() => useEngine('wasm'));

/** A checkpoint of a model as it starts, for slides of `bracs-sim`. */
async function checkpoint(name: string): Promise<string> {
  const model = buildModel(name, { hidden: 8 }, { input: 384, classes: 3 });
  const trainer = new Trainer(model, PAPER_TRAINING, 1, new Executor({ compile: false }));
  const path = join(dir, `${name}.safetensors`);
  const classes = ['benign', 'atypical', 'malignant'];
  await saveCheckpoint(path, { model, dims: model.dims, classes, meta: {}, ...exportState(model, trainer.state) });
  trainer.dispose();
  return path;
}

describe('a heat map', () => {
  it('shares ranks among tied tiles, spans from the smallest to the largest weight, or counts multiples of a flat map', () => {
    expect([...heatOf(attention, 'percentile')]).toEqual([0.375, 0.875, 0.375, 0.875]);
    expect([...heatOf(attention, 'minmax')]).toEqual([0, 1, 0, 1]);
    expect([...heatOf(attention, 'weight')].map((v) => v.toFixed(4))).toEqual(['0.0400', '0.1600', '0.0400', '0.1600']);
    expect([...heatOf(Float32Array.of(1), 'percentile')]).toEqual([1]);
    expect([...heatOf(Float32Array.of(1), 'minmax')]).toEqual([0]);
    expect(heatOf(Float32Array.of(0.9, ...Array(99).fill(0.001)), 'weight')[0]).toBe(1);
  });

  it('covers the tiles, and says so where there are no places', () => {
    expect(extentOf(slide)).toEqual({ left: 0, top: 0, width: 512, height: 512 });
    expect(() => extentOf({ ...slide, places: [] })).toThrow(/^slide a<b: no coordinates/);
  });

  it('is GeoJSON of closed squares with their numbers', () => {
    const { type, features } = JSON.parse(heatGeojson(slide, heatOf(attention, 'minmax')));
    expect([type, features.length]).toEqual(['FeatureCollection', 4]);
    expect(features[1].geometry.coordinates).toEqual([
      [
        [256, 0],
        [512, 0],
        [512, 256],
        [256, 256],
        [256, 0],
      ],
    ]);
    expect(features[1].properties).toMatchObject({ objectType: 'tile', color: [253, 231, 37] });
    expect(features[1].properties.measurements.attention).toBeCloseTo(0.4, 6);
    expect(features[1].properties.measurements['attention x N']).toBeCloseTo(1.6, 6);
  });

  it('stands on a thumbnail in its place', async () => {
    const png = await renderPng('<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>', 1);
    const path = join(dir, 'thumbnail.png');
    writeFileSync(path, png);
    const picture = await readThumbnail(path);
    const thumbnail = thumbnailOn(picture, path, { id: 'a', downsample: 64 });
    expect([thumbnail.width, thumbnail.height, thumbnail.mime]).toEqual([1920, 1280, 'image/png']);
    expect(thumbnailOn(picture, path, { id: 'a', extent: [3000, 2010] })).toMatchObject({ width: 3000, height: 2010 });
    expect(() => thumbnailOn(picture, path, { id: 'a', extent: [3000, 3000] })).toThrow(
      /thumbnail\.png: 30 × 20 pixels, another shape than slide a of 3000 × 3000; give --downsample N/,
    );
    expect(() => thumbnailOn(picture, path, { id: 'a' })).toThrow(/^slide a: .* with --thumbnail give --downsample N/);
    const svg = overlaySvg(slide, heatOf(attention, 'minmax'), thumbnail);
    expect(svg).toContain('viewBox="0 0 2000 1333"'); // 1,920 units on 2,000 pixels
    expect(svg).toContain('<rect x="267" y="0" width="266" height="267" fill="rgb(253, 231, 37)"/>'); // 266.7 to 533.3
    expect(svg).toContain('a&lt;b');
    writeFileSync(path, 'GIF89a');
    await expect(readThumbnail(path)).rejects.toThrow(/neither a PNG nor a JPEG/);
  });

  it('knows the size of a JPEG picture', async () => {
    const path = join(dir, 'thumbnail.jpg');
    const table = [0xff, 0xdb, 0x00, 0x04, 0x00, 0x00];
    writeFileSync(
      path,
      Buffer.from([0xff, 0xd8, ...table, 0xff, 0xc0, 0x00, 0x0b, 8, 0x01, 0x00, 0x02, 0x00, 1, 1, 0x11, 0]),
    );
    expect(await readThumbnail(path)).toMatchObject({ mime: 'image/jpeg', width: 512, height: 256 });
  });
});

describe('mil predict and heatmap', () => {
  it('predict what can be predicted, tell the rest, and write every file', async () => {
    const path = await checkpoint('abmil');
    const DATA = ['--data', 'bracs-sim', '--engine', 'wasm'];
    const said = await mil('predict', path, 'test_benign_001', 'nobody', 'test_benign_002', ...DATA);
    expect(said.code).toBe(1);
    expect(said.out.split('\n').map((line) => line.split(',')[0])).toEqual([
      'slide',
      'test_benign_001',
      'test_benign_002',
    ]);
    expect(said.err.split('\n')[0]).toMatch(/^bracs-sim: no slide "nobody"; the first are /);
    expect(said.err.split('\n')).toHaveLength(2);
    const strict = await mil('predict', path, 'nobody', 'test_benign_001', '--strict', ...DATA);
    expect([strict.code, strict.out]).toEqual([1, '']);

    const out = join(dir, 'maps');
    const map = await mil('heatmap', path, 'test_benign_001', '--geojson', '--out', out, ...DATA);
    expect([map.code, map.err]).toEqual([0, '']);
    const text = (ending: string) => readFileSync(join(out, `test_benign_001.${ending}`), 'utf8');
    const rows = text('csv')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').map(Number));
    expect(rows.reduce((sum, [, , weight]) => sum + weight!, 0)).toBeCloseTo(1, 5);
    expect(JSON.parse(text('geojson')).features).toHaveLength(rows.length);
    expect(text('html')).toContain('vegaEmbed(');
    expect(readFileSync(join(out, 'test_benign_001.png')).toString('latin1', 1, 4)).toBe('PNG');
  });

  it('refuse a model without attention and a thumbnail without its scale', async () => {
    const DATA = ['--data', 'bracs-sim', '--engine', 'wasm', '--out', join(dir, 'none')];
    const none = await mil('heatmap', await checkpoint('mean-pooling'), 'test_benign_001', ...DATA);
    expect([none.code, none.err.split('\n')[0]]).toEqual([
      2, // no slide could be drawn: it is said once
      'error: mean-pooling has no attention, so there is no map to draw',
    ]);
    const bare = await mil('heatmap', 'x.safetensors', 'test_benign_001', '--thumbnail', 'a.png', ...DATA);
    expect([bare.code, bare.err]).toEqual([2, expect.stringMatching(/^error: --thumbnail needs --downsample/)]);
  });
});
