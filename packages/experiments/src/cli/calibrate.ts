import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildModel } from '@asmil/baselines';
import {
  type Bag,
  FeatureStore,
  sharedResources,
  type TrainConfig,
  trainModel,
  UserError,
  useEngine,
} from '@asmil/core';
import {
  DIFFICULTY,
  ENCODER_NAMES,
  type EncoderName,
  GENERATOR_VERSION,
  openSimulated,
  type Scale,
  type SimName,
} from '@asmil/data';
import { Command } from 'commander';

/**
 * Sets the difficulty of a simulated cohort: the separation at which plain ABMIL alone lands near the test macro AUC
 * that the paper's Table 1 or 8 gives for ABMIL. No other model is run here.
 *
 *     npx tsx packages/experiments/src/cli/calibrate.ts --cohort bracs-sim --encoder vit-s
 *
 * Writes `calibration.json` (every trial) and the frozen table in `difficulty.ts` beside the simulator. A trial that
 * stands there already, made with the same settings, is not run again.
 */

/** PAPER: Tables 1 and 8, ABMIL, AUC. */
const TARGETS: Record<SimName, Partial<Record<EncoderName, number>>> = {
  'camelyon16-sim': { 'vit-s': 0.945, resnet18: 0.79, 'pathgen-clip': 0.972, uni: 0.996 },
  'camelyon17-sim': { 'vit-s': 0.853, resnet18: 0.779, 'pathgen-clip': 0.864, uni: 0.885 },
  'bracs-sim': { 'vit-s': 0.866, resnet18: 0.723 },
};

interface Settings {
  readonly generator: number;
  readonly scale: Scale;
  readonly seeds: number;
  readonly splitSeed: number;
  readonly engine: string;
  readonly train: TrainConfig;
}

interface Trial {
  readonly separation: number;
  /** Test macro AUC of seeds 1, 2, … */
  readonly aucs: readonly number[];
  readonly mean: number;
}

interface Calibration {
  readonly target: number;
  readonly tolerance: number;
  readonly separation: number;
  readonly reached: number;
  readonly withinTolerance: boolean;
  readonly settings: Settings;
  readonly trials: readonly Trial[];
}

type Calibrations = Partial<Record<SimName, Partial<Record<EncoderName, Calibration>>>>;

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
/** Indented JSON with lists of numbers on one line. */
const toJson = (value: unknown): string =>
  `${JSON.stringify(value, null, 2).replace(/\[[^[\]{}]*\]/g, (list) => list.replace(/\s+/g, ' ').replace(/\[ | \]/g, (b) => b.trim()))}\n`;

const simFile = (name: string): string => fileURLToPath(new URL(`../../../data/src/sim/${name}`, import.meta.url));
const readCalibrations = (): Calibrations =>
  existsSync(simFile('calibration.json')) ? JSON.parse(readFileSync(simFile('calibration.json'), 'utf8')) : {};

/** Trains ABMIL once per seed; the seed also selects the split, in turn, as in the benchmark. */
async function runTrial(name: SimName, encoder: EncoderName, separation: number, settings: Settings): Promise<Trial> {
  const cohort = openSimulated(name, { scale: settings.scale, encoder }, separation);
  const splits = cohort.splits(settings.splitSeed);
  const dims = { input: cohort.dim, classes: cohort.classes.length };
  const resources = { executor: sharedResources().executor, features: new FeatureStore() };
  const aucs: number[] = [];
  for (let seed = 1; seed <= settings.seeds; seed++) {
    const split = splits[(seed - 1) % splits.length]!;
    const model = buildModel('abmil', {}, dims);
    const load = (id: string): Promise<Bag> => cohort.load(id, split);
    const job = { model, config: settings.train, seed, split, load, featureKey: name };
    const { selected } = await trainModel(job, resources);
    if (selected?.macroAuc == null) {
      throw new UserError(
        `${name}, ${encoder}: seed ${seed} gave no test AUC at separation ${separation}; try a lower --lr.`,
      );
    }
    aucs.push(round(selected.macroAuc, 6));
    console.log(`  seed ${seed}, ${split.name}: test macro AUC ${selected.macroAuc.toFixed(4)}`);
  }
  resources.features.dispose();
  return { separation, aucs, mean: round(aucs.reduce((a, b) => a + b, 0) / aucs.length, 6) };
}

/** The next separation to try: outward by a quarter until the target is bracketed, then the middle of the bracket. */
function nextSeparation(trials: readonly Trial[], target: number, guess: number): number {
  const below = trials.filter((t) => t.mean < target).map((t) => t.separation);
  const above = trials.filter((t) => t.mean >= target).map((t) => t.separation);
  let next = guess;
  if (below.length > 0 && above.length > 0) next = (Math.max(...below) + Math.min(...above)) / 2;
  else if (below.length > 0) next = Math.max(...below) * 1.25;
  else if (above.length > 0) next = Math.min(...above) / 1.25;
  return round(next, 3); // the table holds exactly what was tried
}

/** Puts the calibrated separations into the frozen table; a search that has not arrived leaves its entry as it was. */
function writeTable(all: Calibrations): void {
  const rows = (Object.keys(TARGETS) as SimName[]).map((name) => {
    const cells = (Object.keys(TARGETS[name]) as EncoderName[]).map((encoder) => {
      const found = all[name]?.[encoder];
      const done = found?.withinTolerance ? found : undefined;
      const { separation, reached } = done ?? DIFFICULTY[name][encoder]!;
      const key = encoder.includes('-') ? `'${encoder}'` : encoder;
      return `    ${key}: { separation: ${separation}, reached: ${done ? round(done.reached, 4) : reached} },`;
    });
    return [`  '${name}': {`, ...cells, '  },'].join('\n');
  });
  const file = simFile('difficulty.ts');
  const text = readFileSync(file, 'utf8');
  const start = text.indexOf('= {\n', text.indexOf('export const DIFFICULTY')) + 4;
  writeFileSync(file, `${text.slice(0, start)}${rows.join('\n')}\n};\n`);
}

interface Flags {
  cohort: string;
  encoder: string;
  scale: Scale;
  seeds: string;
  splitSeed: string;
  epochs: string;
  lr: string;
  weightDecay: string;
  optimiser: 'adam' | 'adamw';
  tolerance: string;
  maxTrials: string;
  from?: string;
  engine: 'auto' | 'native' | 'wasm';
  debug?: boolean;
}

async function calibrate(flags: Flags): Promise<void> {
  const name = flags.cohort as SimName;
  const encoder = flags.encoder as EncoderName;
  const target = TARGETS[name]?.[encoder];
  if (target === undefined) {
    const known = Object.entries(TARGETS)
      .map(([cohort, by]) => `${cohort} with ${Object.keys(by).join(', ')}`)
      .join('; ');
    throw new UserError(`Found cohort '${name}' and encoder '${encoder}'; choose ${known}.`, 2);
  }
  const numeric = (flag: string, text: string): number => {
    const value = Number(text);
    if (Number.isFinite(value) && value >= 0) return value;
    throw new UserError(`--${flag}: found '${text}', expected a number of 0 or more.`, 2);
  };
  const tolerance = numeric('tolerance', flags.tolerance);
  const engine = await useEngine(flags.engine);
  const settings: Settings = {
    generator: GENERATOR_VERSION,
    scale: flags.scale,
    seeds: numeric('seeds', flags.seeds),
    splitSeed: numeric('split-seed', flags.splitSeed),
    engine: engine.name,
    train: {
      optimiser: flags.optimiser,
      lr: numeric('lr', flags.lr),
      weightDecay: numeric('weight-decay', flags.weightDecay),
      betas: [0.9, 0.999],
      eps: 1e-8,
      epochs: numeric('epochs', flags.epochs),
      warmup: 0,
      schedule: 'cosine',
      clip: null,
      select: 'best',
    },
  };
  const before = readCalibrations()[name]?.[encoder];
  const trials: Trial[] = JSON.stringify(before?.settings) === JSON.stringify(settings) ? [...before!.trials] : [];
  const guess = flags.from === undefined ? DIFFICULTY[name][encoder]!.separation : numeric('from', flags.from);
  const miss = (t: Trial): number => Math.abs(t.mean - target);
  const maxTrials = numeric('max-trials', flags.maxTrials);
  console.log(`${name}, ${encoder}: target ${target} ± ${tolerance}, ${trials.length} trials kept`);
  while (trials.length < maxTrials && !trials.some((t) => miss(t) <= tolerance)) {
    const separation = nextSeparation(trials, target, guess);
    if (trials.some((t) => t.separation === separation)) break; // the bracket is as narrow as the rounding
    console.log(`trial ${trials.length + 1}: separation ${separation}`);
    const trial = await runTrial(name, encoder, separation, settings);
    console.log(`  mean ${trial.mean.toFixed(4)}, ${(trial.mean - target).toFixed(4)} from the target`);
    trials.push(trial);
    const best = trials.reduce((a, b) => (miss(b) < miss(a) ? b : a));
    const done: Calibration = {
      target,
      tolerance,
      separation: best.separation,
      reached: best.mean,
      withinTolerance: miss(best) <= tolerance,
      settings,
      trials,
    };
    const all = readCalibrations(); // another cohort may have been written meanwhile
    all[name] = { ...all[name], [encoder]: done };
    writeFileSync(simFile('calibration.json'), toJson(all));
    writeTable(all);
  }
  const best = trials.reduce<Trial | undefined>((a, b) => (a && miss(a) <= miss(b) ? a : b), undefined);
  if (!best) throw new UserError(`--max-trials: found ${maxTrials}, expected 1 or more.`, 2);
  const verdict = miss(best) <= tolerance ? 'within' : 'NOT within';
  console.log(
    `${name}, ${encoder}: separation ${best.separation} gives ${best.mean.toFixed(4)}, ${verdict} ${tolerance}`,
  );
}

const program = new Command('calibrate')
  .description('find the difficulty of a simulated cohort at which plain ABMIL reaches the AUC of Tables 1 and 8')
  .requiredOption('--cohort <name>', 'camelyon16-sim, camelyon17-sim or bracs-sim')
  .requiredOption('--encoder <name>', ENCODER_NAMES.join(', '))
  .option('--scale <scale>', 'quick, standard or paper', 'standard')
  .option('--seeds <n>', 'training seeds', '3')
  .option('--split-seed <n>', 'seed of the splits', '1')
  .option('--epochs <n>', 'epochs', '50')
  .option('--lr <rate>', 'learning rate, cosine to 0', '1e-4')
  .option('--weight-decay <rate>', 'weight decay', '1e-4')
  .option('--optimiser <name>', 'adam or adamw', 'adam')
  .option('--tolerance <auc>', 'distance from the target that is good enough', '0.01')
  .option('--max-trials <n>', 'trials at most', '10')
  .option('--from <separation>', 'where to start; default the frozen value')
  .option('--engine <name>', 'auto, native or wasm', 'auto')
  .option('--debug', 'print stack traces')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .action(async (flags: Flags) => {
    try {
      await calibrate(flags);
    } catch (error) {
      if (!(error instanceof UserError) || flags.debug) throw error;
      console.error(error.message);
      process.exitCode = error.exitCode;
    }
  });

await program.parseAsync();
