import { cpus, loadavg } from 'node:os';
import type { Model } from '@asmil/core';
import { CLASSES } from '../bench/classes.js';
import { type CommandContext, INTERRUPTED } from '../runner/command.js';
import { createProgress } from '../runner/progress.js';
import { provenanceOf } from '../runner/provenance.js';
import { finishReport, reportPlace } from '../runner/report-place.js';
import { commandLine, type ExperimentRequest } from '../runner/request.js';
import type { Cell } from '../types.js';
import { refuseTrainingOptions, wantedCells } from './request.js';
import { measureCells } from './run.js';
import type { CostResults, CostRow, Measurement } from './types.js';

/**
 * The `exp` command for an experiment that measures: counts, times and writes the report. Nothing is stored, since times
 * belong to one hour. Returns the exit code (0; 1 if a cell failed; 130 if stopped). Throws `UserError` for what the user
 * can mend.
 */
export async function runMeasurement(
  measurement: Measurement,
  request: ExperimentRequest,
  context: CommandContext,
): Promise<number> {
  const { deps, terminal, root, signal } = context;
  const begin = performance.now();
  const load = loadavg()[0]!;
  refuseTrainingOptions(measurement, request);
  const cells = wantedCells(measurement, request.only);
  const preset = measurement.presets[request.preset];
  const say = createProgress(terminal).line;
  const place = reportPlace(measurement.id, request, root);
  const engine = await deps.resolveEngine(request.engine);
  if (engine.note && request.engine === 'auto') say(engine.note);
  const { n, d } = measurement.bag;
  say(
    `${measurement.id}: ${engine.name} engine, bags of ${n} instances, preset ${preset.name}, ${cells.length} models`,
  );

  const failed: string[] = [];
  const fail = (cell: Cell, reason: string): void => {
    const line = `${cell.key}: no result: ${reason.split('\n')[0]}`;
    if (!failed.includes(line)) say(line);
    failed.push(...(failed.includes(line) ? [] : [line]));
  };
  await deps.useEngine('wasm', { threads: 1 }); // products are counted here, whatever engine is timed
  const models = new Map<Cell, Model>();
  const macs = new Map<Cell, number>();
  for (const cell of cells) {
    try {
      const model = deps.buildModel(cell.model.name, cell.model.config, { input: d, classes: CLASSES });
      macs.set(cell, deps.predictionMacs(model, n));
      models.set(cell, model);
    } catch (error) {
      fail(cell, (error as Error).message);
    }
  }
  let ready = 0;
  const timings = await measureCells({
    measurement,
    cells: cells.filter((cell) => models.has(cell)),
    preset,
    engine: engine.name,
    start: deps.startCase,
    signal,
    failed: fail,
    done: ({ key }, { step }) => {
      ready += 1;
      say(
        `${ready} of ${models.size}: ${key}, ${[...step].sort((a, b) => a - b)[step.length >> 1]!.toPrecision(3)} ms a step`,
      );
    },
  });
  if (signal.aborted) {
    say('stopped; a measurement is not kept, so that the command starts afresh');
    return INTERRUPTED;
  }
  const rows = [...timings].map(([cell, timing]): CostRow => {
    const model = models.get(cell)!;
    const { key, label, factors } = cell;
    const extra = Object.values(model.trees ?? {}).reduce((sum, tree) => sum + numbersIn(tree), 0);
    const numbers = { params: numbersIn(model.params), trainingParams: extra, macs: macs.get(cell)! };
    return { cell: key, label, factors, ...numbers, publishedMacs: deps.publishedMacs(model, n), ...timing };
  });
  if (rows.length === 0) {
    say('no report: no model could be measured');
    return 1;
  }
  const results: CostResults = {
    format: 1,
    kind: 'cost',
    experiment: measurement.id,
    title: measurement.title,
    preset: preset.name,
    engine: engine.name,
    bag: measurement.bag,
    classes: CLASSES,
    load: [load, loadavg()[0]!],
    cores: cpus().length,
    planned: measurement.cells.length,
    failed,
    rows: cells.flatMap((cell) => rows.filter((row) => row.cell === cell.key)),
  };
  const seconds = (performance.now() - begin) / 1000;
  const provenance = provenanceOf({
    root,
    engine: engine.name,
    engineInfo: undefined,
    workers: 1,
    runSeconds: seconds,
    commandSeconds: seconds,
    command: commandLine(request),
  });
  const { standalone, png } = request;
  const { outDir, assetsDir } = place;
  const options = { measurement, results, provenance, outDir, assetsDir, standalone, png };
  const missing = cells.length - rows.length;
  const remarks =
    failed.length > 0 ? [`partial report: ${missing} of ${cells.length} models failed (named above)`] : [];
  await finishReport(place, () => deps.writeCostReport(options), remarks, context, say);
  return failed.length > 0 ? 1 : 0;
}

function numbersIn(specs: Model['params']): number {
  return specs.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
}
