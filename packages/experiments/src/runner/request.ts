import type { CohortOptions, FolderOptions, Scale } from '@asmil/data';
import { folderWords } from '@asmil/data/folder-options';
import { type SlurmOptions, slurmWords } from '../slurm/options.js';
import type { EngineChoice } from './deps.js';
import { shellWord } from './shell-word.js';

/** What the `exp` command was asked to do. Undefined: the experiment's or the preset's own. */
export interface ExperimentRequest {
  /** Id or alias. */
  readonly experiment: string;
  /** A cohort's name, or the path of a folder of one's own features. */
  readonly data?: string;
  /** How that folder is read. */
  readonly folder?: FolderOptions;
  readonly preset: Scale;
  readonly engine: EngineChoice;
  readonly seeds?: readonly number[];
  readonly splits?: number;
  readonly splitSeed: number;
  readonly only?: readonly string[];
  readonly encoder?: NonNullable<CohortOptions['encoder']>;
  /** Run again what is stored already. */
  readonly force: boolean;
  /** Keep the selected epoch's weights of every run; run again what is stored without them. */
  readonly checkpoints: boolean;
  readonly workers?: number;
  /** Hand the runs to Slurm instead of worker processes of this machine. */
  readonly slurm?: SlurmOptions;
  /** Folders. */
  readonly out?: string;
  readonly store?: string;
  /** The folder of all reports. */
  readonly reports?: string;
  readonly standalone: boolean;
  readonly png: boolean;
  /** Only write the report of the runs that are stored: train nothing, fetch nothing. */
  readonly reportOnly?: boolean;
}

/**
 * The command line of a request: the part that decides the results, as a report names it; with `local` also where things
 * are kept and how many workers run, so that the line can be typed again on this machine.
 */
export function commandLine(request: ExperimentRequest, local = false, command = 'pnpm exp'): string {
  const words = [command, request.experiment];
  const option = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) words.push(`--${name}`, shellWord(String(value)));
  };
  option('data', request.data);
  for (const [name, value] of folderWords(request.folder ?? {})) option(name, value);
  if (request.preset !== 'quick') option('preset', request.preset);
  if (request.engine !== 'auto') option('engine', request.engine);
  if (request.seeds) option('seeds', seedsText(request.seeds));
  option('splits', request.splits);
  if (request.splitSeed !== 0) option('split-seed', request.splitSeed);
  option('only', request.only?.join(','));
  option('encoder', request.encoder);
  if (local) {
    option('workers', request.workers);
    option('out', request.out);
    option('store', request.store);
    option('reports', request.reports);
    for (const [name, value] of slurmWords(request.slurm)) {
      if (value === null) words.push(`--${name}`);
      else if (name === 'sbatch-arg') words.push(`--${name}=${shellWord(String(value))}`);
      else option(name, value);
    }
    if (request.checkpoints) words.push('--checkpoints');
    if (request.standalone) words.push('--standalone');
    if (request.png) words.push('--png');
  }
  return words.join(' ');
}

/** The command that tells where the runs of a request stand. */
export function statusLine({ store, ...request }: ExperimentRequest): string {
  const where = store === undefined ? '' : ` --store ${shellWord(store)}`;
  return commandLine(request, false, 'pnpm exp status') + where;
}

/** The first N seeds are written as their number, and one seed as a list of one. */
const seedsText = (seeds: readonly number[]): string =>
  seeds.every((seed, i) => seed === i + 1)
    ? String(seeds.length)
    : seeds.length === 1
      ? `${seeds[0]},`
      : seeds.join(',');
