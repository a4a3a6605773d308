/*
 * The memory that predicting one large slide takes:
 *
 *   npx tsx scripts/large-slide.ts [tiles] [width] [model] [format] [engine]      default: 200000 1536 asmil h5 auto
 *
 * Writes a slide of that size into a folder that goes away afterwards, and an untrained model, and runs `mil predict
 * --verbose` on it, and on a slide of one tile for comparison, each in a process of its own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModel } from '@asmil/baselines';
import { exportState, initState, saveCheckpoint, useEngine } from '@asmil/core';
import { type Format, writeSlide } from '../packages/data/test/features/peak-memory.js';

const [tiles = '200000', width = '1536', name = 'asmil', format = 'h5', engine = 'auto'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'asmil-large-slide-'));
try {
  const checkpoint = join(folder, 'model.safetensors');
  await untrained(checkpoint, Number(width));
  const gibibytes = (4 * Number(tiles) * Number(width)) / 2 ** 30;
  console.log(`${tiles} tiles of ${width} features are ${gibibytes.toFixed(2)} GiB as float32; ${name}, .${format}`);
  for (const n of [1, Number(tiles)]) {
    const slide = join(folder, `slide-${n}.${format}`);
    await writeSlide(slide, format as Format, n, Number(width));
    const command = ['--import', 'tsx', 'packages/experiments/src/cli/mil.ts', 'predict', checkpoint, slide];
    const { stderr, status } = spawnSync(process.execPath, [...command, '--verbose', '--engine', engine], {
      encoding: 'utf8',
    });
    process.stdout.write(stderr);
    if (status !== 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** The model as it starts. */
async function untrained(path: string, input: number): Promise<void> {
  const model = buildModel(name, {}, { input, classes: 2 });
  await useEngine('wasm');
  const weights = exportState(model, initState(model, 1));
  await saveCheckpoint(path, { model, dims: model.dims, classes: ['normal', 'tumour'], ...weights, meta: {} });
}
