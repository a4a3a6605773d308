import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Portrait } from '@asmil/core';
import { UserError } from '@asmil/core/errors';
import { localize } from '../../src/localization/localize.js';
import type { Deps } from '../../src/runner/deps.js';
import { fakeCase } from './case.js';
import { findCohort, openCohort } from './cohort.js';
import { buildModel, trainModel } from './trainer.js';

/** The runner's surroundings in small. `FAKE_ENGINE=broken`: the engine does not load; `native`: it is set up. */
export const deps: Deps = {
  trainerVersion: 1,
  resolveEngine(choice) {
    const native = process.env.FAKE_ENGINE === 'native';
    if (choice === 'native' && !native) throw new UserError('the native engine is not set up: `pnpm engine native`');
    return { name: native && choice !== 'wasm' ? 'native' : 'wasm' };
  },
  async useEngine(choice, options) {
    if (process.env.FAKE_ENGINE === 'broken') throw new UserError('the engine does not load: try another');
    if (process.env.FAKE_ENGINE === 'crash') process.kill(process.pid, 'SIGKILL');
    return {
      name: choice === 'native' ? 'native' : 'wasm',
      version: '1.0',
      device: 'test',
      threads: options?.threads ?? 0,
    };
  },
  trainModel,
  buildModel,
  findCohort,
  openCohort,
  openFolder: async (path, options) => (await import('@asmil/data')).openFolder(path, options),
  checkSplit: () => {},
  async saveCheckpoint(path, checkpoint) {
    writeFileSync(path, JSON.stringify(checkpoint, null, 1));
  },
  async loadCheckpoint(path) {
    return JSON.parse(readFileSync(path, 'utf8'));
  },
  newPortrait: () => new Portrait(),
  localize,
  async saveArrays(path, arrays) {
    writeFileSync(path, JSON.stringify(Object.keys(arrays)));
  },
  loadArrays: async () => ({}),
  async writeReport({ experiment, results, provenance, outDir, stability }) {
    mkdirSync(outDir, { recursive: true });
    writeFileSync(join(outDir, 'results.json'), JSON.stringify(results, null, 1));
    writeFileSync(join(outDir, 'provenance.json'), JSON.stringify(provenance, null, 1));
    writeFileSync(join(outDir, 'paper.json'), JSON.stringify(experiment.paper.rows));
    if (stability) writeFileSync(join(outDir, 'stability.json'), JSON.stringify(stability));
    return { files: [join(outDir, 'report.html')], markdownTable: `| cells |\n|---|\n| ${results.cells.length} |` };
  },
  async writePlacesReport({ results, paperRows, provenance, outDir }) {
    mkdirSync(outDir, { recursive: true });
    writeFileSync(join(outDir, 'results.json'), JSON.stringify(results, null, 1));
    writeFileSync(join(outDir, 'provenance.json'), JSON.stringify(provenance, null, 1));
    writeFileSync(join(outDir, 'paper.json'), JSON.stringify(paperRows));
    return { files: [join(outDir, 'report.html')], markdownTable: `| places |\n|---|\n| ${results.places.length} |` };
  },
  async writeCostReport({ results, provenance, outDir }) {
    mkdirSync(outDir, { recursive: true });
    writeFileSync(join(outDir, 'results.json'), JSON.stringify(results, null, 1));
    writeFileSync(join(outDir, 'provenance.json'), JSON.stringify(provenance, null, 1));
    return { files: [join(outDir, 'report.html')], markdownTable: `| rows |\n|---|\n| ${results.rows.length} |` };
  },
  startCase: fakeCase,
  predictionMacs: (model, n) => n * (model.name === 'abmil' ? 1000 : 2000),
  publishedMacs: () => null,
  writeCheckReport: async ({ outDir }) => ({ files: [join(outDir, 'report.html')], markdownTable: '| check |\n|---|' }),
  writeReportIndex: () => {},
};
