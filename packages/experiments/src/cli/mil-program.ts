import { type Card, cardsText, cardText, modelCard, modelCards } from '@asmil/baselines';
import { UserError } from '@asmil/core';
import { Command, CommanderError, Option } from 'commander';
import { exportCheckpoint, FORMATS, type Format, importCheckpoint } from '../mil/import.js';
import { updateReadmes } from '../mil/readme.js';
import { importText } from '../mil/text.js';
import { jsonObject, type Streams } from './mil-kit.js';
import { addLocalizeCommand } from './mil-localize-command.js';
import { addPreprocessCommand } from './mil-preprocess-command.js';
import { addRunCommands } from './mil-run-commands.js';
import { addSlideCommands } from './mil-slide-commands.js';

export type { Streams };

/** Runs one `mil` command and returns its exit code: 2 for a wrong command line, 1 for a file that cannot be used. */
export async function runMil(args: readonly string[], streams: Streams): Promise<number> {
  const program = buildProgram(streams);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // its message is printed already
    const { message, stack } = error as Error;
    streams.err(args.includes('--debug') ? (stack ?? message) : `error: ${message}`);
    return error instanceof UserError ? error.exitCode : 1;
  }
}

interface ImportFlags {
  readonly model: string;
  readonly out: string;
  readonly format: Format;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly ignoreUnknown?: boolean;
  readonly json?: boolean;
}

function buildProgram(streams: Streams): Command {
  const trimmed = (write: (line: string) => void) => (text: string) => write(text.replace(/\n$/, ''));
  const program = new Command('mil')
    .description('Lists the models, trains and scores them, and exchanges trained ones with PyTorch.')
    .exitOverride()
    .configureOutput({ writeOut: trimmed(streams.out), writeErr: trimmed(streams.err) })
    .showHelpAfterError('(mil --help shows the commands)');
  const common = (command: Command) =>
    command.option('--json', 'print JSON').option('--debug', 'print the stack trace of an error');
  const print = (value: unknown, text: () => string, json?: boolean): void =>
    streams.out(json ? JSON.stringify(value, null, 2) : text());

  common(program.command('models').description('every model with its source, size and cost, or one in full'))
    .argument('[name]', 'a model of the list')
    .option('--readme', 'write the tables of the READMEs in the current folder anew')
    .action(async (name: string | undefined, { json, readme }: { json?: boolean; readme?: boolean }) => {
      if (readme) {
        const changed = await updateReadmes(process.cwd());
        return print(
          { changed },
          () => changed.map((path) => `${path}: written`).join('\n') || 'nothing to change',
          json,
        );
      }
      const cards: Card[] | Card = name === undefined ? modelCards() : modelCard(name);
      print(cards, () => (Array.isArray(cards) ? cardsText(cards) : cardText(cards)), json);
    });

  common(program.command('import').description('reads a PyTorch checkpoint of a model’s official code'))
    .argument('<checkpoint>', 'a file of torch.save, with the state dictionary in it; nothing of it is run')
    .requiredOption('--model <name>', 'whose weights they are, see `mil models`')
    .requiredOption('--out <file>', 'the safetensors file to write')
    .addOption(formatOption('suite'))
    .option('--config <json>', 'settings that shapes do not tell, e.g. \'{"loss":"ce"}\'', jsonObject)
    .option('--ignore-unknown', 'leave out tensors that the model does not know')
    .action(async (path: string, { json, ...options }: ImportFlags) => {
      const report = await importCheckpoint(path, options);
      print(report, () => importText(report), json);
    });

  common(program.command('export').description('writes a checkpoint of this suite under the official code’s names'))
    .argument('<checkpoint>', 'a safetensors file of this suite')
    .requiredOption('--out <file>', 'the safetensors file to write')
    .addOption(formatOption('pytorch-names'))
    .action(async (path: string, { out, format, json }: { out: string; format: Format; json?: boolean }) => {
      const names = await exportCheckpoint(path, out, format);
      print({ out, names }, () => `${out}: ${names.length} tensors`, json);
    });

  addRunCommands(program, { common, print, streams });
  addSlideCommands(program, { common, print, streams });
  addLocalizeCommand(program, { common, print, streams });
  addPreprocessCommand(program, { common, print, streams });
  return program;
}

const formatOption = (standard: Format): Option =>
  new Option('--format <format>', 'a checkpoint of this suite, or tensors alone under the official code’s names')
    .choices(FORMATS)
    .default(standard);
