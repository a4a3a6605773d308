import { ENCODER_NAMES } from '@asmil/data/encoder-names';
import { type Command, Option } from 'commander';

/** Options of every command that reads slides. */
export function sourceOptions(command: Command): Command {
  return command
    .option('--data <name>', 'a cohort of `pnpm data list`')
    .addOption(new Option('--size <size>', 'simulated cohorts: how large').choices(['quick', 'standard', 'paper']))
    .addOption(new Option('--encoder <name>', 'simulated cohorts: whose features').choices([...ENCODER_NAMES]))
    .addOption(new Option('--engine <name>', 'tensor engine').choices(['auto', 'native', 'wasm']).default('auto'));
}
