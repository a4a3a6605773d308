import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { everyExperiment } from '../definitions/index.js';
import { readEntries } from '../reports/entries.js';
import { loadDeps } from '../runner/load-deps.js';
import { findRoot } from '../runner/root.js';
import { type PresetStatus, statusOf, withCohortsOnce } from '../runner/status.js';

/** What of an experiment is on this machine. */
export interface StateHere {
  /** Of one that trains: its stored runs by preset. */
  readonly runs: readonly PresetStatus[];
  /** `bracs-sim standard, 2026-01-01` for each of its reports. */
  readonly reports: readonly string[];
}

/** The state of every experiment by id. */
export async function statesHere(store: string | undefined): Promise<Map<string, StateHere>> {
  const root = findRoot();
  const deps = withCohortsOnce(await loadDeps());
  const reportsDir = join(root, 'reports');
  const entries = existsSync(reportsDir) ? await readEntries(reportsDir) : [];
  const states = new Map<string, StateHere>();
  for (const found of everyExperiment) {
    const trains = found.kind === undefined || found.kind === 'train';
    const runs = trains ? await statusOf(found, deps, resolve(store ?? join(root, '.runs'))) : [];
    const reports = entries.flatMap((entry) =>
      'broken' in entry || entry.experiment !== found.id
        ? []
        : [`${entry.folder} (${entry.preset}${entry.partial.replace(/[()]/g, '').replace(/^ /, ', ')}, ${entry.date})`],
    );
    states.set(found.id, { runs, reports });
  }
  return states;
}
