import type { LocalizationScores, LocalizationTruth, LocalizedEpoch } from '../../localization/types.js';
import { mean } from '../../stats/index.js';
import type { CellSummary, Summary } from '../summary.js';

/* How a report reads the localisation of its runs: at the selected epoch, means over the finished runs of a setting. */

export type Points = keyof LocalizationScores['froc'];
export type Variant = keyof LocalizationScores['froc'][Points];

/** The ways of making points and of counting, the defaults first, as people read them. */
export const POINTS: Readonly<Record<Points, string>> = { nms: 'peaks', tiles: 'tiles', components: 'groups' };
export const VARIANTS: Readonly<Record<Variant, string>> = {
  camelyon16_v1_interp: 'v1, interpolated',
  camelyon16_v2_step: 'v2, step',
  normalOnly_interp: 'normal slides, interpolated',
  normalOnly_atMost: 'normal slides, at most',
};
export const DEFAULT_POINTS: Points = 'nms';
export const DEFAULT_VARIANT: Variant = 'camelyon16_v1_interp';

/** False positives a slide at which the score reads the curve. */
export const TARGETS: readonly number[] = [0.25, 0.5, 1, 2, 4, 8];

/** The selected epochs of a setting's finished runs that have maps. */
export function epochsOf(cell: CellSummary): LocalizedEpoch[] {
  return cell.finished.flatMap((run) => run.localization?.selected ?? []);
}

/** Mean over the runs of a setting; null where no run has the number. */
export function meanOf(cell: CellSummary, read: (epoch: LocalizedEpoch) => number | null | undefined): number | null {
  return mean(epochsOf(cell).flatMap((epoch) => read(epoch) ?? []));
}

/** The slides of each split, once. */
export function truthsOf(summary: Summary): LocalizationTruth[] {
  const bySplit = new Map<string, LocalizationTruth>();
  for (const { split, localization } of summary.results.runs) {
    if (localization && !bySplit.has(split)) bySplit.set(split, localization.truth);
  }
  return [...bySplit.values()];
}
