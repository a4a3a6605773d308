import type { Check } from '../checks/types.js';
import type { AnyExperiment } from '../definitions/index.js';
import type { Measurement } from '../measure/types.js';
import { capital } from '../reports/format.js';
import { sourceName } from '../reports/wording.js';
import type { Experiment, Preset } from '../types.js';
import type { StateHere } from './states.js';

const count = (n: number, word: string): string =>
  Number.isFinite(n) ? `${n} ${word}${n === 1 ? '' : 's'}` : `all ${word}s`;

const paperOf = ({ paper }: AnyExperiment): string => capital(sourceName(paper));

/** `7 cells × 2 seeds × 1 split = 14 runs`; the number of splits is the preset's upper limit. */
function runsOf(experiment: Experiment, preset: Preset): string {
  const { cells } = experiment;
  const { splits } = preset;
  const places = placesOf(experiment, preset)?.length;
  const where = places === undefined ? '' : ` × ${count(places, 'place')}`;
  if (preset.foldsFrom !== undefined) {
    const each = runsEach(preset);
    const runs = cells.length * (places ?? 1) * each;
    return `${count(cells.length, 'cell')}${where} × ${count(each, 'fold')} or ${count(preset.seeds, 'seed')} = up to ${runs} runs`;
  }
  const factors = `${count(cells.length, 'cell')}${where} × ${count(preset.seeds, 'seed')} × ${splits === 1 ? '1 split' : Number.isFinite(splits) ? `up to ${splits} splits` : 'all splits'}`;
  const runs = cells.length * (places ?? 1) * preset.seeds * splits;
  if (!Number.isFinite(runs)) return factors;
  return `${factors} = ${splits === 1 ? '' : 'up to '}${runs} runs`;
}

/** Runs of a cell in one place where there are splits enough. */
const runsEach = ({ seeds, splits, seedsPerFold, foldsFrom }: Preset): number =>
  foldsFrom === undefined ? seeds * splits : Math.max(seeds, splits * (seedsPerFold ?? seeds));

const placesOf = (experiment: Experiment, preset: Preset) => preset.places ?? experiment.places;

const cohortsOf = ({ cohort, places }: Experiment): string =>
  places ? places.map((place) => [place.cohort, place.encoder].filter(Boolean).join(' ')).join(', ') : cohort;

/** What `--json` prints of an experiment; `splits` is null for "all". */
export function experimentJson(experiment: AnyExperiment) {
  if (experiment.kind === 'measure') return measurementJson(experiment);
  if (experiment.kind === 'check') return checkJson(experiment);
  const { id, title, question, aliases, cohort, cells, presets, paper } = experiment;
  return {
    id,
    title,
    question,
    aliases,
    paper: { kind: paper.kind, number: paper.number ?? null },
    cohort,
    places: experiment.places ?? null,
    cells: cells.map(({ key, label, factors, reference }) => ({ key, label, factors, reference: reference ?? false })),
    presets: Object.values(presets).map((preset) => ({
      name: preset.name,
      summary: preset.summary,
      seeds: preset.seeds,
      splits: Number.isFinite(preset.splits) ? preset.splits : null,
      train: { ...experiment.train, ...preset.train },
      runs: Number.isFinite(preset.splits)
        ? cells.length * (placesOf(experiment, preset)?.length ?? 1) * runsEach(preset)
        : null,
    })),
  };
}

function measurementJson({ id, title, question, aliases, cells, presets, paper, bag }: Measurement) {
  return {
    id,
    title,
    question,
    aliases,
    paper: { kind: paper.kind, number: paper.number },
    bag,
    cells: cells.map(({ key, label, factors, baseline }) => ({ key, label, factors, baseline: baseline ?? null })),
    presets: Object.values(presets).map(({ name, summary, reps }) => ({ name, summary, reps: reps ?? null })),
  };
}

function checkJson({ id, title, question, aliases, paper, places, presets }: Check) {
  return {
    ...{ id, title, question, aliases, places: places ?? null },
    paper: { kind: paper.kind, number: paper.number ?? null },
    presets: Object.entries(presets).map(([name, { summary }]) => ({ name, summary })),
  };
}

/** Two lines an experiment: what it is, and how long it takes and what of it is on this machine. */
export function listText(experiments: readonly AnyExperiment[], here: ReadonlyMap<string, StateHere>): string {
  // The first of the further names: `show` has all.
  const names = experiments.map((e) => [e.id, ...e.aliases.slice(0, 1)].join(', '));
  const width = Math.max(...names.map((name) => name.length));
  const lines = experiments.map((e, i) => {
    const { runs = [], reports = [] } = here.get(e.id) ?? {};
    const presets = (['quick', 'standard'] as const).map((name) => {
      const [time] = e.presets[name].summary.split(':');
      const found = runs.find(({ preset }) => preset === name);
      return `${name} ${time}${found ? ` (${found.stored} of ${found.runs} runs here)` : ''}`;
    });
    const written = reports.length === 0 ? 'no report yet' : `reports: ${reports.join(', ')}`;
    return `${names[i]!.padEnd(width)}  ${paperOf(e)}: ${e.title}\n${' '.repeat(width)}  ${[...presets, written].join('; ')}`;
  });
  return lines.join('\n');
}

export function showText(experiment: AnyExperiment): string {
  if (experiment.kind === 'check') return checkText(experiment);
  const cells = experiment.cells.map((cell) => `  ${cell.key}${cell.reference ? '   (reference)' : ''}`);
  const presets =
    experiment.kind === 'measure'
      ? Object.values(experiment.presets).map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`)
      : Object.values(experiment.presets).map(
          (preset) => `  ${preset.name.padEnd(9)} ${preset.summary}\n            ${runsOf(experiment, preset)}`,
        );
  const where =
    experiment.kind === 'measure'
      ? `Measures, trains nothing: a bag of ${experiment.bag.n} instances with ${experiment.bag.d} features`
      : `${experiment.places ? 'Cohorts' : 'Cohort'}: ${cohortsOf(experiment)} (another one with --data NAME)`;
  return [
    `${experiment.id} (${[paperOf(experiment), ...experiment.aliases].join(', ')}): ${experiment.title}`,
    experiment.question,
    where,
    'Cells:',
    ...cells,
    'Presets:',
    ...presets,
  ].join('\n');
}

function checkText(check: Check): string {
  const { id, aliases, title, question, places, presets } = check;
  const cohorts = places?.map((place) => [place.cohort, place.encoder].filter(Boolean).join(' ')).join(', ');
  return [
    `${id} (${[paperOf(check), ...aliases].join(', ')}): ${title}`,
    question,
    cohorts
      ? `Trains nothing. Cohorts: ${cohorts} (another one with --data NAME)`
      : 'Trains nothing and needs no data.',
    'Presets:',
    ...Object.entries(presets).map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}`),
  ].join('\n');
}
