/*
 * Gives every reader of the suite files that are damaged or hostile, and says what came of it:
 *
 *   pnpm run fuzz -- --inputs 20000 --seed 1              as many in all; the same seed makes the same inputs
 *   pnpm run fuzz -- --reader slide-tiff --only 1234      one input again; with --file FILE, that file
 *   pnpm run fuzz -- --inputs 20000 --log FILE            and the table as a page
 *
 * Exit code 1 if any input was neither read nor refused in one line, took too long, or took too much memory.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { InvalidArgumentError, program } from 'commander';
import { wholeNumber } from '../../../src/cli/whole-number.js';
import { jobsFor, runCampaign } from '../campaign.js';
import { LIMITS } from '../judge.js';
import { READERS } from '../readers.js';
import { tableText } from '../table.js';
import type { Job, Line } from '../worker.js';

interface Options {
  readonly inputs: number;
  readonly seed: number;
  readonly reader?: string[];
  readonly only?: number;
  readonly file?: string;
  readonly failures?: string;
  readonly log?: string;
}

function known(name: string, before: string[] = []): string[] {
  if (READERS[name]) return [...before, name];
  throw new InvalidArgumentError(`expected one of ${Object.keys(READERS).join(', ')}.`);
}

const options = program
  .name('fuzz')
  .description('gives every reader files that are damaged or hostile')
  .option('--inputs <n>', 'inputs in all', wholeNumber, 2000)
  .option('--seed <n>', 'what the inputs are made from', wholeNumber, 1)
  .option('--reader <name>', 'this reader alone; may be given several times', known)
  .option('--only <n>', 'the input of this number alone', wholeNumber)
  .option('--file <path>', 'this file in place of an input; names one reader')
  .option('--failures <folder>', 'where inputs that fail are kept (default: a new folder for temporary files)')
  .option('--log <path>', 'writes the table to this file too')
  .parse(process.argv.filter((word) => word !== '--')) // pnpm hands it on
  .opts<Options>();

const { seed, reader: readers, only, file, inputs } = options;
if (file !== undefined && readers?.length !== 1)
  program.error('error: --file needs the one --reader that is to read it');
const failures = resolve(options.failures ?? mkdtempSync(join(tmpdir(), 'asmil-fuzz-failures-')));
const jobs: Job[] = jobsFor(inputs, readers).map((job) =>
  file === undefined
    ? { ...job, ...(only === undefined ? {} : { from: only, to: only + 1 }) }
    : { ...job, from: 0, to: 1, file: resolve(file) },
);

const total = jobs.reduce((sum, { from, to }) => sum + to - from, 0);
console.log(`seed ${seed}, ${total} inputs`);
const start = Date.now();
const lines = await runCampaign({
  ...{ seed, jobs, failures },
  ...(process.stderr.isTTY ? { progress: (done) => process.stderr.write(`\r${done} of ${total}`) } : {}),
});
const failed = lines.filter(({ outcome }) => outcome === 'failed');
for (const { reader, index, said } of failed) {
  console.log(`\n${reader}, input ${index}: ${said}`);
  console.log(`  again: pnpm run fuzz -- --reader ${reader} --seed ${seed} --only ${index}`);
}
if (only !== undefined || file !== undefined) for (const line of lines) console.log(said(line));
if (failed.length > 0) console.log(`\nThe inputs that failed are in ${failures}`);
console.log(`\n${tableText(lines)}`);
if (options.log !== undefined) writeFileSync(options.log, page(lines, (Date.now() - start) / 60_000));
process.exitCode = failed.length === 0 ? 0 : 1;

function said({ reader, index, outcome, said: words = '', ms }: Line): string {
  return `${reader}, input ${index}: ${outcome} in ${ms.toFixed(0)} ms${words && `: ${words}`}`;
}

function page(all: readonly Line[], minutes: number): string {
  const commit = execFileSync('git', ['rev-parse', '--short=10', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? process.arch}, Node ${process.version}, ${process.platform}`;
  return `# Log of a run of the fuzzer

\`pnpm run fuzz -- --inputs ${inputs} --seed ${seed}\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${minutes.toFixed(0)} minutes.
Machine: ${machine}.

${tableText(all)}

Each input was read (accepted), or refused by a \`UserError\` of one line that names the file (refused); anything else counts as
failed, as does an input that took more than ${LIMITS.ms} ms of processor time, or that took or asked for more memory than
${LIMITS.memory / 2 ** 20} MiB and four times its size. Memory is what the process had at most while it read, beyond what it had before.
`;
}
