import { Command, CommanderError, Option } from 'commander';
import { closest, distance } from 'fastest-levenshtein';
import { UserError } from '../../errors.js';
import { findNative, removeNative, type SetUpOptions, setUpNative } from '../native/index.js';
import { verifyBinding } from '../native/verify.js';
import { describeStatus, engineStatus } from '../status.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The second one is Node's own and ends the process at once.
  process.once(signal, () => stop.abort());
}

function print(value: unknown): void {
  console.log(typeof value === 'string' ? value : JSON.stringify(value, null, 2));
}

/** Progress goes to standard error, so that `--json` leaves standard output to the result. */
function progress(line: string): void {
  console.error(line);
}

interface NativeFlags {
  wheel?: string;
  from?: SetUpOptions['from'];
  force?: boolean;
  gpu?: boolean;
  cpu?: boolean;
}

function buildProgram(): Command {
  const program = new Command('engine')
    .description('The tensor engines: what is set up, and setting up the native one')
    .option('--json', 'print the result as JSON')
    .option('--debug', 'print stack traces')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .addHelpText(
      'after',
      '\nThe cache folder is the per-user one, or what ASMIL_CACHE names. PYTHON and CXX name another python3 and g++.\nFor a GPU: `pip install "tensorflow[and-cuda]"` in the environment that is active, then `engine native --from installed`.',
    );
  const json = () => program.opts<{ json?: boolean }>().json === true;

  program
    .command('status [name]', { isDefault: true })
    .description('say for each engine whether it is set up, its version, place and size')
    .action((name?: string) => {
      if (name !== undefined) throw unknownCommand(program, name);
      const status = engineStatus();
      print(json() ? status : describeStatus(status).join('\n'));
    });

  program
    .command('native')
    .description(
      'set up the native engine: TensorFlow from an environment, pip or a wheel, and a binding compiled for it',
    )
    .option('--wheel <file>', 'a tensorflow_cpu-*.whl file for Linux x86_64, for a machine without a network')
    .addOption(new Option('--from <source>', 'take TensorFlow from here only').choices(['installed', 'pip']))
    .addOption(new Option('--gpu', 'the build for NVIDIA GPUs, driver or not').conflicts('cpu'))
    .option('--cpu', 'the build for the CPU, even beside a GPU')
    .option('--force', 'set it up anew')
    .action(async ({ wheel, from, force, gpu, cpu }: NativeFlags) => {
      if (wheel && from) throw new UserError('--wheel and --from exclude each other: give one of them.', 2);
      const device = gpu ? true : cpu ? false : undefined;
      const install = await setUpNative({ wheel, from, force, gpu: device, progress, signal: stop.signal });
      if (json()) print(install);
    });

  program
    .command('doctor')
    .description('load the native engine in a process of its own and compare what it computes')
    .action(async () => {
      const install = findNative();
      if (!install) throw new UserError('No native engine is set up: `pnpm engine native` does it.');
      const result = await verifyBinding(install.binding, install.libraryDir, stop.signal);
      const device = result.usesGpu ? 'a GPU' : 'the CPU';
      const words = `The native engine loads and computes on ${device}; largest difference ${result.error.toExponential(1)}`;
      print(json() ? { ...result, dir: install.dir } : words);
    });

  program
    .command('remove')
    .description('remove every native engine from the cache folder')
    .action(async () => {
      const removed = await removeNative(progress, stop.signal);
      if (json()) print({ removed });
      else
        print(removed.length > 0 ? removed.map((dir) => `Removed ${dir}`).join('\n') : 'No native engine was set up.');
    });
  return program;
}

function unknownCommand(program: Command, name: string): UserError {
  const names = program.commands.map((command) => command.name());
  const near = closest(name, names);
  const hint = distance(name, near) <= 3 ? `did you mean \`${near}\`?` : `there are ${names.join(', ')}.`;
  return new UserError(`Unknown command \`${name}\`: ${hint}`, 2);
}

async function main(argv: string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      console.error(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
      return 2;
    }
    const { message, stack } = error as Error;
    console.error(argv.includes('--debug') ? stack : message.split('\n')[0]);
    return error instanceof UserError ? error.exitCode : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
