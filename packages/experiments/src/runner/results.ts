import { roundNumbers } from '../store/round.js';
import type { CrossValidation, ResultEpoch, ResultRun, Results, RunRecord } from '../types.js';
import type { Plan } from './plan.js';

/**
 * Scores are kept to 6 significant digits, the histories behind the charts to 4. Entropy keeps 6: settings with nearly
 * flat attention differ in its fifth.
 */
const DIGITS = 6;
const EPOCH_DIGITS = 4;

/**
 * The results of a plan from its stored records: ordered by cell, split and seed, numbers rounded, no times and no
 * paths, so that the same plan gives the same bytes however it was computed. Runs without a record are left out, and so
 * are cells without any run.
 */
export function buildResults(plan: Plan, records: ReadonlyMap<string, RunRecord>): Results {
  const { experiment, cohort } = plan;
  const { crossValidation, metrics } = experiment;
  const runs = plan.runs.flatMap(({ cell, split, seed, signature }): ResultRun[] => {
    const record = records.get(signature);
    if (!record) return [];
    const localization = record.localization && roundNumbers(record.localization, DIGITS);
    return [
      {
        ...{ cell: cell.key, split: split.name, seed, signature, result: resultOf(record.result, crossValidation) },
        ...(localization && { localization }),
      },
    ];
  });
  const present = new Set(runs.map((run) => run.cell));
  return {
    format: 2,
    experiment: experiment.id,
    title: experiment.title,
    cohort: {
      name: cohort.name,
      title: cohort.title,
      simulated: cohort.simulated,
      ...(cohort.caveat ? { caveat: cohort.caveat } : {}),
      provenance: cohort.provenance,
      fingerprint: cohort.fingerprint,
      classes: cohort.classes,
      dim: cohort.dim,
      bags: cohort.bags.length,
      options: plan.cohortOptions,
    },
    preset: plan.preset.name,
    ...(plan.track === undefined ? {} : { track: plan.track }),
    engine: plan.engine,
    seeds: plan.seeds,
    splits: plan.chosenSplits.map((split) => split.name),
    splitSeed: plan.splitSeed,
    ...(crossValidation ? { crossValidation } : {}),
    ...(metrics ? { metrics } : {}),
    train: plan.train,
    cells: plan.cells
      .filter((cell) => present.has(cell.key))
      .map(({ key, label, factors, reference, baseline }) => ({
        ...{ key, label, factors },
        ...(reference ? { reference } : {}),
        ...(baseline === undefined ? {} : { baseline }),
      })),
    planned: experiment.cells.length * plan.chosenSplits.length * (crossValidation ? 1 : plan.seeds.length),
    runs,
  };
}

function resultOf(
  { epochs, ...rest }: RunRecord['result'],
  crossValidation: CrossValidation | undefined,
): ResultRun['result'] {
  const best = crossValidation && mostRight(epochs);
  const beside = best && { bestOnTest: { epoch: best.epoch, accuracy: best.test.accuracy } };
  const reported = best &&
    crossValidation.epoch === 'best on the test fold' && { selectedEpoch: best.epoch, selected: best.test };
  return { ...roundNumbers({ ...rest, ...reported, ...beside }, DIGITS), epochs: epochs.map(keptOf) };
}

/** The first epoch with the highest accuracy on the test bags. */
function mostRight(epochs: RunRecord['result']['epochs']): RunRecord['result']['epochs'][number] | undefined {
  const highest = Math.max(...epochs.map(({ test }) => test.accuracy));
  return epochs.find(({ test }) => test.accuracy === highest);
}

/** An epoch without what no chart and no sentence uses. */
function keptOf({ epoch, loss, terms, val, test, attention }: RunRecord['result']['epochs'][number]): ResultEpoch {
  const scores = ({ macroF1, macroAuc, crossEntropy }: typeof test) => ({ macroF1, macroAuc, crossEntropy });
  const rounded = roundNumbers({ epoch, loss, terms, val: val && scores(val), test: scores(test) }, EPOCH_DIGITS);
  if (!attention) return { ...rounded, attention: null };
  const { jsd, peak, halfMass, instanceMass, instanceAuc } = roundNumbers(attention, EPOCH_DIGITS);
  return {
    ...rounded,
    attention: { jsd, peak, entropy: roundNumbers(attention.entropy, DIGITS), halfMass, instanceMass, instanceAuc },
  };
}
