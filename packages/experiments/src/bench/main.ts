import { UserError } from '@asmil/core/errors';
import type { Terminal } from '../runner/progress.js';
import { runBench } from './command.js';
import { parseRequest } from './request.js';

/**
 * The `bench` command for the arguments after its name. Returns the exit code: 0; 1 if a case failed or a file is in the
 * way; 2 for a wrong command line. What the user can mend is told in one line.
 */
export async function benchMain(args: readonly string[], terminal: Terminal): Promise<number> {
  const debug = args.includes('--debug');
  try {
    const request = parseRequest(args, (text) => terminal.out.write(text));
    return request ? await runBench(request, terminal) : 0;
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
    const expected = error instanceof UserError;
    terminal.err.write(`${line}${expected || debug ? '' : ' (unexpected; --debug shows where)'}\n`);
    if (debug && error instanceof Error) terminal.err.write(`${error.stack}\n`);
    return expected ? error.exitCode : 1;
  }
}
