import type { PlaceSummary } from '../summary.js';

/** Inner width of all panels of a row together, axis labels left out, pixels. */
const ROOM = 600;

/** Panels grouped by cohort, so that in two columns the encoders of one cohort stand side by side. */
export function byCohort(places: readonly PlaceSummary[]): PlaceSummary[] {
  const names = [...new Set(places.map(({ summary }) => summary.results.cohort.name))];
  return names.flatMap((name) => places.filter(({ summary }) => summary.results.cohort.name === name));
}

/** Two columns, three for three panels, one for one. */
export function columnsOf(panels: number): number {
  return panels === 3 ? 3 : Math.min(2, panels);
}

/** Inner width of a panel that has `labels` pixels of axis labels beside it. */
export function widthOf(panels: number, labels: number): number {
  const columns = columnsOf(panels);
  return Math.round(Math.min(420, ROOM / columns - labels * (1 - 1 / columns)));
}

/** The head of a panel. */
export const panelTitle = (text: string) => ({ text, fontSize: 12, fontWeight: 600, anchor: 'start', offset: 4 });

/** The paper's mark wherever its values stand beside ours: hollow, so that it is told apart without colours. */
export const PAPER_MARK = { type: 'point', shape: 'diamond', filled: false, size: 60, strokeWidth: 1.5, opacity: 1 };
export const OUR_MARK = { type: 'point', shape: 'circle', filled: true, size: 70, opacity: 1 };
