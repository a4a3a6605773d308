import { ENCODER_NAMES } from '@asmil/data/encoder-names';
import { SPLITS_OPTION, withDamageOptions, withFolderOptions } from '@asmil/data/folder-options';
import { type Command, Option } from 'commander';
import { wholeNumber } from './arguments.js';

/** Options of every command that reads slides. */
export function sourceOptions(command: Command): Command {
  return withDamageOptions(withFolderOptions(cohortOptions(command))).option(
    '--strict',
    'stop at the first slide that cannot be used; without it the others go on',
  );
}

/** Those of a command that divides them. */
export function splitOptions(command: Command): Command {
  return command
    .option('--splits <path>', SPLITS_OPTION)
    .option('--fold <name>', 'a fold by its name, or all (default: the first)')
    .option('--split-seed <n>', 'seed of splits that are drawn', wholeNumber('--split-seed', 0), 0);
}

function cohortOptions(command: Command): Command {
  return command
    .option('--data <name|dir>', 'a cohort of `pnpm data list`, or a folder of your own features')
    .addOption(new Option('--size <size>', 'simulated cohorts: how large').choices(['quick', 'standard', 'paper']))
    .addOption(new Option('--encoder <name>', 'simulated cohorts: whose features').choices([...ENCODER_NAMES]))
    .addOption(new Option('--engine <name>', 'tensor engine').choices(['auto', 'native', 'wasm']).default('auto'));
}
