import { roundNumbers } from '../store/round.js';
import type { ResultRun, Results, RunRecord } from '../types.js';
import type { Plan } from './plan.js';

/**
 * The results of a plan from its stored records: ordered by cell, split and seed, numbers to 6 significant digits, no
 * times and no paths, so that the same plan gives the same bytes however it was computed. Runs without a record are left
 * out, and so are cells without any run.
 */
export function buildResults(plan: Plan, records: ReadonlyMap<string, RunRecord>): Results {
  const { experiment, cohort } = plan;
  const runs = plan.runs.flatMap(({ cell, split, seed, signature }): ResultRun[] => {
    const record = records.get(signature);
    if (!record) return [];
    return [{ cell: cell.key, split: split.name, seed, signature, result: roundNumbers(record.result, 6) }];
  });
  const present = new Set(runs.map((run) => run.cell));
  return {
    format: 1,
    experiment: experiment.id,
    title: experiment.title,
    cohort: {
      name: cohort.name,
      title: cohort.title,
      simulated: cohort.simulated,
      provenance: cohort.provenance,
      fingerprint: cohort.fingerprint,
      classes: cohort.classes,
      dim: cohort.dim,
      bags: cohort.bags.length,
      options: plan.cohortOptions,
    },
    preset: plan.preset.name,
    engine: plan.engine,
    seeds: plan.seeds,
    splits: plan.chosenSplits.map((split) => split.name),
    splitSeed: plan.splitSeed,
    train: plan.train,
    cells: plan.cells
      .filter((cell) => present.has(cell.key))
      .map(({ key, label, factors, reference }) => ({ key, label, factors, ...(reference ? { reference } : {}) })),
    runs,
  };
}
