import { UserError } from '@asmil/core';
import { Command, CommanderError, Option } from 'commander';
import { checkFile, type FileCheck, goldenFiles } from '../goldens/check.js';
import type { CheckContext } from '../goldens/checker.js';

interface Options extends CheckContext {
  readonly json?: boolean;
  readonly debug?: boolean;
}

const command = new Command('golden')
  .description('Check golden files (inputs, weights and outputs of reference implementations) against this suite')
  .argument('<dir>', 'folder with golden files, searched for *.json')
  .option('--json', 'print the verdicts as one JSON array')
  .addOption(
    new Option('--engine <name>', 'tensor engine of the models').choices(['auto', 'native', 'wasm']).default('auto'),
  )
  .option('--debug', 'print stack traces')
  .exitOverride();

/** One file for people: the verdict, then the largest error of each output. */
function print(check: FileCheck): void {
  const what = check.model === null ? '' : `  ${check.model}/${check.case}`;
  console.log(`${check.pass ? 'pass' : 'FAIL'}  ${check.file}${what}${check.reason ? `: ${check.reason}` : ''}`);
  const width = Math.max(0, ...Object.keys(check.errors).map((name) => name.length));
  for (const [name, { abs, at }] of Object.entries(check.errors)) {
    const size = abs === null ? 'none    ' : abs.toExponential(2);
    console.log(`        ${name.padEnd(width)}  ${size}${abs === 0 || at === '' ? '' : `  at ${at}`}`);
  }
}

async function main(): Promise<number> {
  command.parse();
  const options = command.opts<Options>();
  const checks: FileCheck[] = [];
  for (const file of await goldenFiles(command.args[0]!)) {
    const check = await checkFile(file, { engine: options.engine });
    checks.push(check);
    if (!options.json) print(check);
  }
  const failed = checks.filter((check) => !check.pass).length;
  if (options.json) console.log(JSON.stringify(checks, null, 2));
  else console.log(`${checks.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof UserError && !command.opts<Options>().debug) {
    console.error(error.message);
    process.exitCode = error.exitCode;
  } else throw error;
}
