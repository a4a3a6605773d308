import { UserError } from '@asmil/core/errors';

/** How runs are handed to Slurm. Undefined: the cluster's own default. */
export interface SlurmOptions {
  readonly partition?: string;
  /** Time limit of a run, in one of Slurm's forms: `90`, `1:30:00`, `2-12`. */
  readonly time?: string;
  /** Memory of a run: `4G`. */
  readonly mem?: string;
  readonly account?: string;
  readonly qos?: string;
  /** Most runs of an array at once. */
  readonly arrayLimit?: number;
  /** How often a run that ended without a result is submitted again. */
  readonly retries: number;
  /** Further options of sbatch, as they are. */
  readonly sbatchArgs: readonly string[];
  /** Stay until the runs are done, and write the report. */
  readonly wait: boolean;
}

/** The options as they are typed. */
export interface SlurmWords extends Partial<Omit<SlurmOptions, 'sbatchArgs' | 'retries' | 'wait'>> {
  readonly executor: 'local' | 'slurm';
  readonly retries?: number;
  readonly sbatchArg?: readonly string[];
  readonly wait: boolean;
}

export const RETRIES = 2;

const NAME = { form: /^[A-Za-z0-9_][\w.,@-]*$/, expected: 'letters, digits and . , _ - @' };
const FORMS = {
  partition: NAME,
  account: NAME,
  qos: NAME,
  time: {
    form: /^(\d+-\d+(:\d+){0,2}|\d+(:\d+){0,2})$/,
    expected: 'minutes, hours:minutes:seconds or days-hours, as Slurm writes them',
  },
  mem: { form: /^\d+[KMGT]?$/, expected: 'a size as Slurm writes it, e.g. 4G' },
} as const;

/** Options of sbatch that the command sets itself, or that would keep it from running. */
const TAKEN = [
  ...['--array', '-a', '--job-name', '-J', '--output', '-o', '--error', '-e', '--dependency', '-d', '--open-mode'],
  ...[
    '--chdir',
    '-D',
    '--wrap',
    '--parsable',
    '--wait',
    '-W',
    '--test-only',
    '--help',
    '-h',
    '--usage',
    '--version',
    '-V',
  ],
];

/**
 * The options for Slurm, or undefined for worker processes of this machine. Throws `UserError` for a value that is not of
 * its form, and for options of Slurm without it.
 */
export function slurmOptions({ executor, sbatchArg, retries, wait, ...words }: SlurmWords): SlurmOptions | undefined {
  if (executor === 'local') {
    const given = Object.keys(words).filter((name) => words[name as keyof typeof words] !== undefined);
    if (sbatchArg) given.push('sbatch-arg');
    if (retries !== undefined) given.push('retries');
    if (!wait) given.push('no-wait');
    if (given.length === 0) return undefined;
    const options = given.map((name) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`).join(', ');
    throw new UserError(`${options}: only with --executor slurm`, 2);
  }
  for (const [name, { form, expected }] of Object.entries(FORMS)) {
    const value = words[name as keyof typeof FORMS];
    if (value !== undefined && !form.test(value)) throw new UserError(`--${name} ${value}: expected ${expected}`, 2);
  }
  for (const arg of sbatchArg ?? []) checkArg(arg);
  return { ...words, retries: retries ?? RETRIES, sbatchArgs: sbatchArg ?? [], wait };
}

function checkArg(arg: string): void {
  if (!/^-{1,2}[A-Za-z]/.test(arg) || /[\0\n\r]/.test(arg)) {
    throw new UserError(
      `--sbatch-arg ${JSON.stringify(arg)}: expected one option of sbatch, e.g. --sbatch-arg=--constraint=avx2`,
      2,
    );
  }
  const name = arg.startsWith('--') ? arg.split('=')[0]! : arg.slice(0, 2);
  // sbatch takes shortened names as long as they are of one option.
  const taken = TAKEN.find(
    (known) => known === name || (name.length > 3 && name.startsWith('--') && known.startsWith(name)),
  );
  if (taken) throw new UserError(`--sbatch-arg ${arg}: ${taken} is set by this command; leave it out`, 2);
}

/** The part of sbatch's arguments that a person chose. */
export function chosenArgs(options: SlurmOptions): string[] {
  const given = (['partition', 'time', 'mem', 'account', 'qos'] as const).flatMap((name) =>
    options[name] === undefined ? [] : [`--${name}=${options[name]}`],
  );
  return [...given, ...options.sbatchArgs];
}

/** The options as words of a command line, name and value; null for a switch. */
export function slurmWords(options: SlurmOptions | undefined): [name: string, value: string | number | null][] {
  if (!options) return [];
  const { partition, time, mem, account, qos, arrayLimit, retries, sbatchArgs, wait } = options;
  const words = { executor: 'slurm', partition, time, mem, account, qos, 'array-limit': arrayLimit };
  return [
    ...Object.entries(words).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as [string, string]],
    ),
    ...(retries === RETRIES ? [] : [['retries', retries] as [string, number]]),
    ...sbatchArgs.map((arg): [string, string] => ['sbatch-arg', arg]),
    ...(wait ? [] : [['no-wait', null] as [string, null]]),
  ];
}
