import type { TopLevelSpec } from 'vega-lite';
import { attentionColumns } from '../../attention-columns.js';
import { inlineRows } from '../../charts/inline-rows.js';
import { type Chart, frameOf, logAxis, needsLog, OURS, PAPER_COLOURS } from '../../charts/theme.js';
import { rounded } from '../../format.js';
import { imitatedEncoder } from '../../wording.js';
import { cellIn, type PlacesSummary } from '../summary.js';
import { placesRunsText, placesTitle, seedsText } from '../wording.js';
import { panelTitle } from './panels.js';

const SHAPES = ['circle', 'square', 'triangle-up', 'cross', 'triangle-down'];
const COLOURS = [OURS, PAPER_COLOURS[0], PAPER_COLOURS[2], PAPER_COLOURS[1], PAPER_COLOURS[3]];
/** Longer heads are broken. */
const HEADS: Readonly<Record<string, string[]>> = {
  jsd: ['JSD (nats)', '0: stands still'],
  entropy: ['entropy / ln N', '1: flat'],
  peak: ['largest weight × N', '1: flat'],
  halfMass: ['tiles with half the', 'mass, 0.5: flat'],
  instanceMass: ['mass on labelled', 'instances'],
  instanceAuc: ['instance AUC', '0.5: chance'],
};

/**
 * What attention does, a row a setting and a column a number: movement, three measures of concentration, and how well it
 * finds labelled instances. One mark a place. Null where no model has attention.
 */
export function attentionProfile(summary: PlacesSummary): Chart | null {
  const { cells, places } = summary;
  const states = places.flatMap((place) =>
    cells.flatMap(({ key, label }) => {
      const state = cellIn(place, key)?.attention;
      const { cohort } = place.summary.results;
      return state ? [{ label, cohort: cohort.name, encoder: imitatedEncoder(cohort) ?? 'its own', state }] : [];
    }),
  );
  const columns = attentionColumns(states.map(({ state }) => state));
  if (columns.length === 0) return null;
  const labels = cells.map(({ label }) => label).filter((label) => states.some((row) => row.label === label));
  const cohorts = [...new Set(states.map(({ cohort }) => cohort))];
  const encoders = [...new Set(states.map(({ encoder }) => encoder))];
  const title = `Movement and concentration of attention: ${placesTitle(summary)}`;
  const alt = `${title}. ${columns.map(({ label }) => label).join(', ')} for ${labels.length} settings.`;
  const width = Math.floor((620 - 10 * columns.length) / columns.length);
  const panels = columns.map(({ field, label }, i) => {
    const rows = states.flatMap(({ state, ...row }) => {
      const value = state[field];
      return value == null ? [] : [{ ...row, value: rounded(value) }];
    });
    const values = rows.map(({ value }) => value);
    const log = (field === 'jsd' || field === 'peak') && needsLog(values);
    const axis = log
      ? { ...logAxis(Math.min(...values), Math.max(...values)), labelAngle: -40, labelOverlap: true }
      : { tickCount: 3, labelOverlap: true };
    return {
      title: { ...panelTitle(''), text: HEADS[field], fontWeight: 500 },
      width,
      height: { step: 19 },
      data: inlineRows(rows),
      mark: { type: 'point', size: 52, strokeWidth: 1.5, opacity: 1 },
      encoding: {
        x: {
          field: 'value',
          type: 'quantitative',
          title: null,
          scale: { ...(log ? { type: 'log' } : { zero: false }), nice: !log, padding: 8 },
          axis,
        },
        y: {
          field: 'label',
          type: 'ordinal',
          sort: labels,
          scale: { domain: labels },
          title: null,
          axis: { grid: true, ticks: false, labelLimit: 190, ...(i > 0 ? { labels: false, domain: false } : {}) },
        },
        shape: {
          field: 'cohort',
          type: 'nominal',
          scale: scale(cohorts, SHAPES),
          legend: legend('cohort'),
        },
        stroke: { field: 'cohort', type: 'nominal', scale: scale(cohorts, COLOURS), legend: legend('cohort') },
        fill: { field: 'cohort', type: 'nominal', scale: scale(cohorts, COLOURS), legend: legend('cohort') },
        ...(encoders.length > 1
          ? {
              fillOpacity: {
                field: 'encoder',
                type: 'ordinal',
                scale: { domain: encoders, range: encoders.map((_, e) => (e === 0 ? 0 : 1)) },
                legend: null,
              },
            }
          : {}),
        tooltip: [
          { field: 'label', title: 'setting' },
          { field: 'cohort' },
          { field: 'encoder' },
          { field: 'value', title: label, format: '.4~g' },
        ],
      },
    };
  });
  const filled =
    encoders.length > 1 ? ` Hollow marks: ${encoders[0]} features; filled: ${encoders.slice(1).join(', ')}.` : '';
  return {
    id: 'attention',
    title,
    alt,
    caption:
      `Means over the last ten epochs (or all, where there are fewer), test bags and runs (${seedsText(summary)}).${filled} ` +
      'Read the first column with the others: flat attention (entropy / ln N near 1, largest weight × N near 1, half of the tiles for half of the mass) ' +
      'cannot move, so a low JSD there is flatness; a low JSD with concentrated attention and a high instance AUC is stability. ' +
      'Models without attention scores of their own have no row.',
    spec: { ...frameOf(placesRunsText(summary), title, alt), hconcat: panels, spacing: 10 } as TopLevelSpec,
  };
}

const scale = (domain: readonly string[], range: readonly string[]) => ({
  domain: [...domain],
  range: domain.map((_, i) => range[i % range.length]!),
});

const legend = (title: string) => ({ title, orient: 'bottom', columns: 3, symbolOpacity: 1 });
