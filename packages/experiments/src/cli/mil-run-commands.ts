import { type Cohort, type EngineChoice, type TrainConfig, UserError, useEngine } from '@asmil/core';
import { type Command, Option } from 'commander';
import { evaluateCheckpoint, evaluationText, PARTS, type Part } from '../mil/evaluate.js';
import { soundFold } from '../mil/sound-fold.js';
import { chooseFolds, openSource, type SourceFlags, unusableOf } from '../mil/source.js';
import { textTable } from '../mil/table.js';
import { type FoldResult, PLUGINS, type PluginName, trainFold } from '../mil/train.js';
import { positive, wholeNumber } from './arguments.js';
import { jsonObject, type Kit } from './mil-kit.js';
import { sourceOptions, splitOptions } from './mil-options.js';

interface RunFlags extends SourceFlags {
  readonly splitSeed: number;
  readonly engine: EngineChoice;
  readonly fold?: string;
  readonly json?: boolean;
}

interface TrainFlags extends RunFlags {
  readonly model: string;
  readonly plugin: PluginName;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly epochs?: number;
  readonly lr?: number;
  readonly weightDecay?: number;
  readonly optimiser?: TrainConfig['optimiser'];
  readonly seed: number;
  readonly out?: string;
  readonly force?: boolean;
}

/** `mil train` and `mil evaluate`. */
export function addRunCommands(program: Command, { common, print, streams }: Kit): void {
  const source = (command: Command): Command => splitOptions(sourceOptions(command));

  source(common(program.command('train').description('trains a model; writes checkpoint, predictions and scores')))
    .requiredOption('--model <name>', 'see `mil models`')
    .addOption(
      new Option('--plugin <name>', 'the anchor for a model that has attention')
        .choices(Object.keys(PLUGINS))
        .default('none'),
    )
    .option('--config <json>', 'settings of the model, e.g. \'{"hidden":256}\'', jsonObject)
    .option('--epochs <n>', 'epochs (default: the paper’s 50, or the cohort’s own)', wholeNumber('--epochs', 1))
    .option('--lr <rate>', 'learning rate', positive('--lr'))
    .option('--weight-decay <rate>', 'weight decay', positive('--weight-decay', true))
    .addOption(new Option('--optimiser <name>', 'how steps are made').choices(['adam', 'adamw']))
    .option('--seed <n>', 'seed of the training', wholeNumber('--seed', 0), 1)
    .option('--out <dir>', 'folder of the results (default: models/<model>-<data>)')
    .option('--force', 'train again what is there already')
    .action(async (flags: TrainFlags) => {
      const { json, model, plugin, epochs, lr, weightDecay, optimiser, seed, splitSeed, force } = flags;
      const unusable = unusableOf(flags, streams.err);
      const cohort = await openSource(flags, streams.err, unusable);
      const folds = chooseFolds(cohort, splitSeed, flags.fold);
      const name = plugin === 'none' ? model : `${model}-${plugin.replace('+', '-')}`;
      const request = {
        ...{ model, plugin, config: flags.config ?? {}, seed, splitSeed, force: force ?? false },
        train: defined({ epochs, lr, weightDecay, optimiser }),
        out: flags.out ?? `models/${name}-${cohort.name}`,
      };
      const engine = await useEngine(flags.engine);
      const results: FoldResult[] = [];
      const known = new Map<string, boolean>();
      for (const fold of folds) {
        const sound = await soundFold(cohort, fold, unusable, known);
        results.push(await trainFold(cohort, sound, request, engine, streams.err));
      }
      const leftOut = unusable.lines;
      print({ out: request.out, folds: results, leftOut }, () => `${trainedText(results)}\n${request.out}`, json);
      const diverged = results.filter(({ status }) => status === 'diverged').map(({ fold }) => fold);
      if (diverged.length > 0)
        throw new UserError(
          `diverged: ${diverged.join(', ')}; the best epoch before that is kept, a lower --lr may help`,
        );
      unusable.finish();
    });

  source(common(program.command('evaluate').description('scores a checkpoint on slides whose labels are known')))
    .argument('<checkpoint>', 'a safetensors file of `mil train` or `mil import`')
    .addOption(new Option('--part <part>', 'which slides of the fold').choices([...PARTS]).default('test'))
    .option('--out <file>', 'CSV file for the prediction of every slide')
    .action(async (path: string, flags: RunFlags & { part: Part; out?: string }) => {
      const unusable = unusableOf(flags, streams.err);
      const cohort = await openSource(flags, streams.err, unusable);
      const folds = chooseFolds(cohort, flags.splitSeed, flags.fold);
      if (folds.length > 1) throw new UserError('--fold all: a checkpoint was trained on one fold; name that one', 2);
      await useEngine(flags.engine);
      const result = await evaluateCheckpoint(path, cohort, folds[0]!, flags.part, flags.out, unusable);
      const said = { ...result, leftOut: unusable.lines };
      print(said, () => `${headOf(cohort, folds[0]!.name, flags.part)}\n${evaluationText(result)}`, flags.json);
      unusable.finish();
    });
}

const headOf = (cohort: Cohort, fold: string, part: Part): string =>
  `${cohort.title}, ${part === 'all' ? 'all slides' : `${part} slides of ${fold}`}`;

function trainedText(results: readonly FoldResult[]): string {
  const shown = (value: number | null | undefined): string => (value == null ? '–' : value.toFixed(3));
  return textTable(
    ['fold', 'epoch', 'val F1', 'val AUC', 'test F1', 'test AUC'],
    results.map(({ fold, selectedEpoch, val, test }) => [
      fold,
      String(selectedEpoch),
      ...[val?.macroF1, val?.macroAuc, test?.macroF1, test?.macroAuc].map(shown),
    ]),
  );
}

/** The options that were given. */
function defined(given: Readonly<Record<string, unknown>>): Partial<TrainConfig> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
