import { count, listing } from './format.js';
import type { Summary } from './summary.js';
import { plannedPairs, runsPerSetting, settingName } from './wording.js';

/** More missing runs of a setting than this are counted, not named. */
const MOST_NAMED = 4;

/** What a report lacks of the whole experiment, in words; null where every planned run is there. */
export function partialText(summary: Summary): string | null {
  const { results, experiment } = summary;
  if (results.runs.length >= results.planned) return null;
  const there = new Set(results.runs.map((run) => JSON.stringify([run.cell, run.split, run.seed])));
  const per = runsPerSetting(results);
  const parts = experiment.cells.flatMap((cell) => {
    const missing = plannedPairs(results)
      .filter(({ split, seed }) => !there.has(JSON.stringify([cell.key, split, seed])))
      .map(({ split, seed }) => (results.splits.length === 1 ? `seed ${seed}` : `${split} seed ${seed}`));
    if (missing.length === 0) return [];
    const name = settingName(summary, cell);
    if (missing.length === per) return [`${name} (${per === 1 ? 'its run' : `all ${count(per, 'run')}`})`];
    if (missing.length > MOST_NAMED) return [`${name} (${missing.length} of ${count(per, 'run')})`];
    return [`${name} (${listing(missing)})`];
  });
  return (
    `This report holds ${results.runs.length} of ${count(results.planned, 'planned run')}; the others failed, have not ` +
    `finished, were not asked for or cannot work on this data. Missing: ${listing(parts)}. Means are over the runs that are there, and differences ` +
    'over the pairs of which both are.'
  );
}
