import { affineDependence } from '../checks/affine-dependence.js';
import { gradientCheck } from '../checks/gradient-check.js';
import { theorem1 } from '../checks/theorem-1.js';
import type { Check } from '../checks/types.js';
import type { Measurement } from '../measure/types.js';
import { unknownName } from '../runner/nearest.js';
import type { Experiment } from '../types.js';
import { ablationBeta } from './ablation-beta.js';
import { ablationComponents } from './ablation-components.js';
import { ablationDropRate } from './ablation-drop-rate.js';
import { ablationEma } from './ablation-ema.js';
import { ablationEntmax } from './ablation-entmax.js';
import { ablationFeatTokens } from './ablation-feat-tokens.js';
import { ablationOnlineNsf } from './ablation-online-nsf.js';
import { ablationTemperature } from './ablation-temperature.js';
import { ablationUpdateFrequency } from './ablation-update-frequency.js';
import { anchorOverhead } from './anchor-overhead.js';
import { attentionDynamics } from './attention-dynamics.js';
import { attentionMaps } from './attention-maps.js';
import { classicMil } from './classic-mil.js';
import { classicMilAsPublished } from './classic-mil-as-published.js';
import { computeCost } from './compute-cost.js';
import { embedding } from './embedding.js';
import { failureCases } from './failure-cases.js';
import { featureMatching } from './feature-matching.js';
import { foundationFeatures } from './foundation-features.js';
import { jsdDynamics } from './jsd-dynamics.js';
import { labelColumn } from './label-column.js';
import { localization } from './localization.js';
import { mainComparison } from './main-comparison.js';
import { overfitting } from './overfitting.js';
import { plugin } from './plugin.js';
import { releaseVsPaper } from './release-vs-paper.js';
import { scoreDistribution } from './score-distribution.js';
import { stabilityBenchmark } from './stability-benchmark.js';
import { temperatureMaps } from './temperature-maps.js';
import { temporalEnsembling } from './temporal-ensembling.js';

/** Every experiment that trains, in the order of the paper. A further one is one file and one line here. */
export const experiments: readonly Experiment[] = [
  mainComparison, // Table 1
  plugin, // Table 2
  ablationComponents, // Table 3
  ablationTemperature, // Table 4
  ablationEntmax, // Table 5
  ablationOnlineNsf, // Table 6
  foundationFeatures, // Table 8
  ablationFeatTokens, // Table 9
  ablationEma, // Table 10
  ablationUpdateFrequency, // Table 11
  localization, // Table 12
  classicMil, // Tables 15 and 16
  classicMilAsPublished, // Table 16 by the published protocol
  attentionDynamics, // Figure 1
  scoreDistribution, // Figures 3 and 8
  attentionMaps, // Figures 4 and 13
  embedding, // Figures 5 and 6
  temperatureMaps, // Figure 7
  ablationBeta, // Figures 9 and 10
  ablationDropRate, // Figure 11
  overfitting, // Figure 12
  jsdDynamics, // Figures 14 to 25
  failureCases, // Figure 26
  temporalEnsembling, // Appendix H
  featureMatching, // Appendix I
  releaseVsPaper,
  stabilityBenchmark,
  labelColumn,
];

/** Every experiment that measures cost and trains nothing. */
export const measurements: readonly Measurement[] = [
  computeCost, // Table 13
  anchorOverhead, // Table 14
];

/** A check among others: what it computes goes to its own page and to nothing else. */
const plain = <Numbers>(check: Check<Numbers>): Check => check as unknown as Check;

/** Every experiment that computes in this process and trains nothing. */
export const checks: readonly Check[] = [
  plain(affineDependence), // Table 7
  plain(theorem1),
  plain(gradientCheck), // Equation 8
];

export type AnyExperiment = Experiment | Measurement | Check;

/** All of them, in the order of the paper within each kind. */
export const everyExperiment: readonly AnyExperiment[] = [...experiments, ...measurements, ...checks];

/** The experiment of this id or alias (`table10`). Throws `UserError` with the nearest names. */
export function findExperiment(name: string): AnyExperiment {
  const wanted = name.toLowerCase();
  const found = everyExperiment.find((e) => e.id === wanted || e.aliases.includes(wanted));
  if (found) return found;
  const names = everyExperiment.flatMap((e) => [e.id, ...e.aliases]);
  throw unknownName('experiment', name, names, '; `pnpm exp list` describes them');
}
