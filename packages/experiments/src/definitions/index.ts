import type { Measurement } from '../measure/types.js';
import { unknownName } from '../runner/nearest.js';
import type { Experiment } from '../types.js';
import { ablationEma } from './ablation-ema.js';
import { anchorOverhead } from './anchor-overhead.js';
import { computeCost } from './compute-cost.js';
import { mainComparison } from './main-comparison.js';
import { plugin } from './plugin.js';

/** Every experiment that trains, in the order of the paper. A further one is one file and one line here. */
export const experiments: readonly Experiment[] = [
  mainComparison, // Table 1
  plugin, // Table 2
  ablationEma, // Table 10
];

/** Every experiment that measures cost and trains nothing. */
export const measurements: readonly Measurement[] = [
  computeCost, // Table 13
  anchorOverhead, // Table 14
];

/** All of both kinds, in the order of the paper. */
export const everyExperiment: readonly (Experiment | Measurement)[] = [...experiments, ...measurements];

/** The experiment of this id or alias (`table10`). Throws `UserError` with the nearest names. */
export function findExperiment(name: string): Experiment | Measurement {
  const wanted = name.toLowerCase();
  const found = everyExperiment.find((e) => e.id === wanted || e.aliases.includes(wanted));
  if (found) return found;
  const names = everyExperiment.flatMap((e) => [e.id, ...e.aliases]);
  throw unknownName('experiment', name, names, '; `pnpm exp list` describes them');
}
