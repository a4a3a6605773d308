import type { Command } from 'commander';
import { checkFolder } from '../check/check.js';
import { checkText } from '../check/check-text.js';
import type { FolderOptions } from '../folder/options.js';
import { folderOptions, SPLITS_OPTION, withFolderOptions } from './folder-options.js';
import type { Streams } from './streams.js';

/** Adds `data check`: exit code 1 if anything is wrong. */
export function addCheck(
  common: (command: Command) => Command,
  program: Command,
  streams: Streams,
  finish: (exitCode: number) => void,
): void {
  const command = common(
    program.command('check').description('what is in a folder of your own features, and what is wrong'),
  );
  withFolderOptions(command.argument('<folder>', 'a folder of features, or one file of many slides'))
    .option('--splits <path>', SPLITS_OPTION)
    .option('--strict', 'warnings count as errors')
    .action(async (folder: string, options: FolderOptions & { strict?: boolean; json?: boolean }) => {
      const { strict = false, json } = options;
      const result = await checkFolder(folder, folderOptions(options) ?? {}, (done, all, id) =>
        streams.status?.(`slide ${done + 1} of ${all}: ${id}`),
      ).finally(() => streams.status?.(''));
      streams.out(json ? JSON.stringify(result, null, 2) : checkText(result, strict));
      finish(result.problems.some(({ level }) => strict || level === 'error') ? 1 : 0);
    });
}
