import type { TopLevelSpec } from 'vega-lite';
import { FROC_AXIS } from '../../localization/settings.js';
import { mean } from '../../stats/index.js';
import { inlineRows } from '../charts/inline-rows.js';
import {
  type Chart,
  chartTitle,
  frame,
  GREY,
  LEGEND_ABOVE,
  orderedScales,
  POINTER_TARGET,
  WIDTH,
} from '../charts/theme.js';
import { rounded } from '../format.js';
import { metricOf, type Summary } from '../summary.js';
import { epochText, overText, runsPerSetting } from '../wording.js';
import { epochsOf, TARGETS } from './epochs.js';

interface Curve {
  readonly setting: string;
  /** Mean sensitivity at the numbers of `FROC_AXIS`. */
  readonly values: readonly number[];
  /** Mean place of the operating point of the highest threshold. */
  readonly first: { readonly fp: number; readonly sensitivity: number } | null;
}

/**
 * Sensitivity over false positives a slide, a line a setting: mean over its runs, with the six numbers of false positives that
 * the score reads. Null without lesions.
 */
export function frocCurves(summary: Summary): Chart | null {
  const { results, experiment, cells } = summary;
  const curves = cells.flatMap((cell): Curve[] => {
    const details = epochsOf(cell).map(({ detail }) => detail);
    const rows = details.flatMap(({ curve }) => (curve ? [curve] : []));
    const firsts = details.flatMap(({ first }) => first ?? []);
    if (rows.length === 0) return [];
    return [
      {
        setting: cell.label,
        values: FROC_AXIS.map((_, i) => mean(rows.map((row) => row[i]!))!),
        first:
          firsts.length === 0
            ? null
            : { fp: mean(firsts.map((p) => p.avgFp))!, sensitivity: mean(firsts.map((p) => p.sensitivity))! },
      },
    ];
  });
  if (curves.length === 0) return null;
  const labels = curves.map(({ setting }) => setting);
  const scales = orderedScales(labels);
  const froc = summary.metrics.find(({ id }) => id === 'froc')!;
  const scoreOf = new Map(cells.map((cell) => [cell.label, metricOf(cell, froc).mean]));
  const title = chartTitle('sensitivity over false positives a slide (FROC)', results);
  const many = runsPerSetting(results) > 1 ? `, mean over ${overText(results)}` : ', one run a setting';
  const axis = { domain: [FROC_AXIS[0]!, FROC_AXIS.at(-1)!] };
  const x = {
    field: 'fp',
    type: 'quantitative',
    title: 'false positives a slide, on average (logarithmic)',
    scale: { type: 'log', base: 2, nice: false, ...axis },
    axis: {
      values: [0.0625, ...TARGETS, 16, 32, 64],
      labelExpr: "datum.value < 1 ? '1/' + format(1 / datum.value, 'd') : format(datum.value, 'd')",
      grid: false,
    },
  };
  const y = {
    field: 'sensitivity',
    type: 'quantitative',
    title: 'share of lesions found',
    scale: { domain: [0, 1] },
  };
  const colour = {
    field: 'setting',
    type: 'nominal',
    scale: scales.colour,
    legend: { ...LEGEND_ABOVE, symbolType: 'stroke' },
  };
  const dash = { field: 'setting', type: 'nominal', scale: scales.dash, legend: LEGEND_ABOVE };
  const tooltip = [
    { field: 'setting', title: experiment.factor.label },
    { field: 'fp', title: 'false positives a slide', format: '.3~g' },
    { field: 'sensitivity', title: 'share found', format: '.3f' },
    { field: 'score', title: 'FROC score', format: '.3f' },
  ];
  return {
    id: 'froc',
    title,
    alt: `${title}. One line for each of ${labels.length} settings.`,
    caption: `Maps ${epochText(results)}${many}; points are peaks of the rescaled map, false positives counted on all slides. The score is the mean height at the six grey lines. Left of its ring a line is interpolated: every slide’s best tile is rescaled to 1, so no threshold gives fewer false positives than at the ring.`,
    spec: {
      ...frame(results, title, title),
      width: WIDTH,
      height: 330,
      layer: [
        {
          data: inlineRows(TARGETS.map((fp) => ({ fp }))),
          mark: { type: 'rule', color: GREY, opacity: 0.35, strokeWidth: 1.2, aria: false },
          encoding: { x },
        },
        {
          data: inlineRows(
            curves.flatMap(({ setting, values }) =>
              FROC_AXIS.map((fp, i) => ({
                setting,
                fp: rounded(fp),
                sensitivity: rounded(values[i]!),
                score: rounded(scoreOf.get(setting) ?? 0),
              })),
            ),
          ),
          encoding: { x, y, color: colour },
          layer: [
            { mark: { type: 'line', strokeWidth: 2, aria: false }, encoding: { strokeDash: dash } },
            { mark: POINTER_TARGET, encoding: { tooltip } },
          ],
        },
        {
          data: inlineRows(
            curves.flatMap(({ setting, first }) =>
              first && first.fp >= axis.domain[0]!
                ? [{ setting, fp: rounded(first.fp), sensitivity: rounded(first.sensitivity) }]
                : [],
            ),
          ),
          mark: { type: 'point', size: 70, strokeWidth: 2, filled: false, opacity: 1, aria: false },
          encoding: { x, y, color: colour },
        },
      ],
    } as unknown as TopLevelSpec,
  };
}
