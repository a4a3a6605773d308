import { unknownName } from '../runner/nearest.js';
import type { Experiment } from '../types.js';
import { ablationEma } from './ablation-ema.js';
import { mainComparison } from './main-comparison.js';
import { plugin } from './plugin.js';

/** Every experiment of the `exp` command, in the order of the paper. A further one is one file and one line here. */
export const experiments: readonly Experiment[] = [
  mainComparison, // Table 1
  plugin, // Table 2
  ablationEma, // Table 10
];

/** The experiment of this id or alias (`table10`). Throws `UserError` with the nearest names. */
export function findExperiment(name: string): Experiment {
  const wanted = name.toLowerCase();
  const found = experiments.find((e) => e.id === wanted || e.aliases.includes(wanted));
  if (found) return found;
  const names = experiments.flatMap((e) => [e.id, ...e.aliases]);
  throw unknownName('experiment', name, names, '; `pnpm exp list` describes them');
}
