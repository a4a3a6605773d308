import type { Cohort, ModelWeights, TileScores } from '@asmil/core';
import { UserError } from '@asmil/core/errors';
import type { FolderSource } from '@asmil/data';
import { canonicalJson } from '../store/canonical.js';
import type { RunSpec } from '../types.js';
import type { Deps } from './deps.js';
import { loadDeps } from './load-deps.js';
import { ENGINE_DEAD, type FromWorker, type JobError, type JobResult, type ToWorker } from './protocol.js';

/*
 * A worker process: loads the engine once, opens a cohort once, takes one job after another over IPC. It writes no files:
 * what it computes goes to the command, which stores it.
 */

const parent = process.ppid;
const cohorts = new Map<string, Promise<Cohort>>();
let deps: Deps;

process.on('SIGINT', () => {}); // Ctrl-C reaches the whole process group; the command decides when its workers end
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToWorker) => void (message.type === 'init' ? init(message) : job(message)));

const send = (message: FromWorker): void => {
  if (process.connected) process.send?.(message);
};

const describe = (error: unknown): JobError =>
  error instanceof Error
    ? { message: oneLine(error.message), stack: error.stack }
    : { message: oneLine(String(error)) };

const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' | ');

async function init({ engine }: Extract<ToWorker, { type: 'init' }>): Promise<void> {
  try {
    deps = await loadDeps();
    const info = await deps.useEngine(engine, { threads: 1 });
    // The engine is part of every run's identity: a silent second choice would file results under the wrong name.
    if (info.name !== engine) throw new UserError(`asked for the ${engine} engine and got ${info.name}`);
    send({ type: 'ready', engine: { ...info } });
  } catch (error) {
    send({ type: 'unfit', ...describe(error) });
  }
}

type Job = Extract<ToWorker, { type: 'job' }>;

async function job(message: Job): Promise<void> {
  const { signature } = message;
  try {
    send({ type: 'done', signature, ...(await train(message)) });
  } catch (error) {
    if (isFatal(error)) {
      // Told on stderr, which the command quotes when it sees the process end.
      process.stderr.write(`fatal error of the engine: ${describe(error).message}\n`, () => process.exit(ENGINE_DEAD));
      return;
    }
    send({ type: 'failed', signature, ...describe(error) });
  }
}

/**
 * A trap or an abort leaves the WebAssembly module in a state in which every later call fails too, so the process has to
 * end and another one, with a fresh module, takes the job.
 */
function isFatal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'RuntimeError' || /Aborted\(|memory access out of bounds/.test(error.message);
}

async function train({
  signature,
  spec,
  folder,
  checkpoint,
  portrait: portrayed,
  pretrained,
}: Job): Promise<JobResult> {
  const started = new Date();
  const begin = performance.now();
  const cohort = await openCohort(spec, folder);
  const split = cohort.splits(spec.split.seed).find(({ name }) => name === spec.split.name);
  if (!split) throw new UserError(`${cohort.name} has no split ${spec.split.name} for split seed ${spec.split.seed}`);
  const dims = { input: cohort.dim, classes: cohort.classes.length };
  const model = deps.buildModel(spec.model.name, spec.model.config, dims);
  if (model.version !== spec.model.version) throw new UserError(`${model.name} has changed since the command started`);
  const featureKey = canonicalJson([spec.cohort, spec.split]);
  let weights: ModelWeights | undefined;
  const portrait = portrayed ? deps.newPortrait() : undefined;
  const tiles: { selected?: ReadonlyMap<string, TileScores>; last?: ReadonlyMap<string, TileScores> } = {};
  const result = await deps.trainModel({
    model,
    config: spec.train,
    seed: spec.seed,
    split,
    load: (id) => cohort.load(id, split),
    // Features may be normalised by the split's training part.
    featureKey,
    pretrained: pretrained === undefined ? undefined : await deps.loadCheckpoint(pretrained),
    portrait,
    onSelect: (_, copy) => {
      if (checkpoint) weights = copy();
    },
    ...(spec.localization && {
      onTiles: (_, scores, selected) => {
        tiles.last = scores;
        if (selected) tiles.selected = scores;
      },
    }),
    onEpoch: ({ epoch, loss, val }) => {
      // A loop that never waits does not see the channel close; a killed command must not leave workers behind.
      if (process.ppid !== parent) process.exit(0);
      send({ type: 'epoch', signature, epoch, loss, valF1: val?.macroF1 ?? null });
    },
  });
  const localization =
    spec.localization &&
    (await deps.localize({
      cohort,
      settings: spec.localization,
      key: canonicalJson([featureKey, spec.localization]),
      selected: tiles.selected,
      last: tiles.last,
    }));
  const wallSeconds = (performance.now() - begin) / 1000;
  const kept = { weights, portrait: portrait?.arrays(), localization };
  return { split, result, started: started.toISOString(), wallSeconds, ...kept };
}

async function openCohort(
  { cohort: { name, options, fingerprint } }: RunSpec,
  folder: FolderSource | undefined,
): Promise<Cohort> {
  const key = `${name} ${canonicalJson(options)}`;
  const open = () => (folder ? deps.openFolder(folder.path, folder.options) : deps.openCohort(name, options));
  const opening = cohorts.get(key) ?? open();
  cohorts.set(key, opening);
  const cohort = await opening;
  if (cohort.fingerprint !== fingerprint) {
    throw new UserError(`the files of ${name} have changed since the command started; start it again`);
  }
  return cohort;
}
