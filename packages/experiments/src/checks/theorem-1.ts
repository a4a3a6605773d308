import { createRng, metrics, type Rng } from '@asmil/core';
import type { TopLevelSpec } from 'vega-lite';
import { inlineRows } from '../reports/charts/inline-rows.js';
import { frameOf, GREY, OURS, PAPER_COLOURS, WIDTH } from '../reports/charts/theme.js';
import { fixed, significant } from '../reports/format.js';
import type { Check, CheckPage } from './types.js';

/*
 * Theorem 1: NSF keeps the weights of high tiles level and those of low tiles small; softmax cannot do both with a single
 * temperature. Part A is tried on random scores within the theorem's set, part B on the worst scores of the set.
 *
 *   pnpm exp theorem-1
 */

const TAUS = [0.25, 0.5, 1, 2, 3, 4, 5, 6, 8];
const GAMMAS = [0, 0.1, 0.25, 0.5, 1, 2, 3, 4, 6];
/** From two on: one high tile alone has no ratio that could be kept level. */
const HIGHS = [2, 10, 100];
const DRAWS = { quick: 100, standard: 2000, paper: 10000 } as const;

/** Settings that stand in the table; the charts have all. */
const SHOWN: { readonly taus: readonly number[]; readonly gammas: readonly number[] } = {
  taus: [0.5, 1, 2, 4, 8],
  gammas: [0, 0.25, 1, 4],
};

/** What came of one setting of the theorem. */
interface Row {
  readonly tau: number;
  readonly gamma: number;
  readonly high: number;
  /** Largest ratio of two high weights over all draws, as a share of the bound κ. */
  readonly ratioOfBound: number;
  /** Largest low weight over all draws, as a share of the bound ε. */
  readonly lowOfBound: number;
  readonly violations: number;
  /** Temperatures at which softmax would reach NSF's own bounds: from `min` to `max` (null: without limit). */
  readonly min: number;
  readonly max: number | null;
  readonly empty: boolean;
  /** For how many of the draws some temperature of a fine grid reached both bounds for these scores alone. */
  readonly drawsWithTemperature: number;
}

interface Numbers {
  readonly draws: number;
  readonly rows: readonly Row[];
}

/** Rounding of float64 that a bound may be passed by. */
const SLACK = 1 + 1e-12;
const GRID = Array.from({ length: 41 }, (_, i) => 10 ** (-2 + i / 10));

function tryOut(setting: metrics.Setting, draws: number): Row {
  const { tau, gamma, high } = setting;
  const bounds = metrics.nsfBounds(setting);
  const range = metrics.temperatureRange(setting);
  const rng = createRng(1, 'theorem-1', `${tau}/${gamma}/${high}`);
  let [ratio, low, violations, served] = [0, 0, 0, 0];
  for (let draw = 0; draw < draws; draw += 1) {
    const { scores, highs, lows } = drawScores(setting, rng);
    const seen = metrics.observed(sigmoidWeights(scores), highs, lows);
    ratio = Math.max(ratio, seen.ratio / bounds.ratio);
    low = Math.max(low, seen.low / bounds.low);
    if (seen.ratio > bounds.ratio * SLACK || seen.low > bounds.low * SLACK) violations += 1;
    const reached = GRID.some((t) => {
      const soft = metrics.observed(softmaxWeights(scores, t), highs, lows);
      return soft.ratio <= bounds.ratio * SLACK && soft.low <= bounds.low * SLACK;
    });
    if (reached) served += 1;
  }
  return {
    ...setting,
    ratioOfBound: ratio,
    lowOfBound: low,
    violations,
    min: range.min,
    max: Number.isFinite(range.max) ? range.max : null,
    empty: range.empty,
    drawsWithTemperature: served,
  };
}

/** Scores of the set: high ones in [τ, τ + γ], low ones at or below −τ, a few between; ends of the intervals among them. */
function drawScores({ tau, gamma, high }: metrics.Setting, rng: Rng) {
  const count = 1 + rng.int(30);
  const edge = (): number => (rng.next() < 0.3 ? rng.int(2) : rng.next());
  const highs = Array.from({ length: high }, () => tau + gamma * edge());
  const lows = Array.from({ length: count }, () => -tau - 4 * edge());
  const between = Array.from({ length: rng.int(4) }, () => tau * (2 * rng.next() - 1));
  const scores = [...highs, ...lows, ...between];
  return { scores, highs: highs.map((_, i) => i), lows: lows.map((_, i) => high + i) };
}

function normalise(values: readonly number[]): number[] {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((v) => v / sum);
}

const sigmoidWeights = (scores: readonly number[]): number[] => normalise(scores.map((s) => 1 / (1 + Math.exp(-s))));

function softmaxWeights(scores: readonly number[], temperature: number): number[] {
  const top = Math.max(...scores);
  return normalise(scores.map((s) => Math.exp((s - top) / temperature)));
}

export const theorem1: Check<Numbers> = {
  kind: 'check',
  id: 'theorem-1',
  title: 'Theorem 1 in numbers: NSF levels high tiles and silences low ones',
  question:
    'Do the bounds of Theorem 1 hold, and can a softmax with a temperature reach the same? The paper proves that NSF keeps both bounds for all scores of a set, and that one temperature cannot once the spread of the high scores is large enough.',
  paper: { kind: 'theorem', number: 1 },
  aliases: ['theorem1'],
  presets: {
    quick: { summary: 'a few seconds: 100 score sets for each of 243 settings' },
    standard: { summary: 'a minute: 2,000 score sets a setting' },
    paper: { summary: 'five minutes: 10,000 score sets a setting' },
  },
  async compute({ preset }) {
    const draws = DRAWS[preset];
    const settings = TAUS.flatMap((tau) => GAMMAS.flatMap((gamma) => HIGHS.map((high) => ({ tau, gamma, high }))));
    return { draws, rows: settings.map((setting) => tryOut(setting, draws)) };
  },
  page: ({ draws, rows }) => pageOf(draws, rows),
};

function pageOf(draws: number, rows: readonly Row[]): CheckPage {
  const violations = rows.reduce((sum, row) => sum + row.violations, 0);
  const sets = rows.length * draws;
  const empty = rows.filter((row) => row.empty);
  const served = (list: readonly Row[]): number =>
    list.length === 0 ? 0 : list.reduce((sum, row) => sum + row.drawsWithTemperature, 0) / (list.length * draws);
  const tightest = Math.max(...rows.map((row) => Math.max(row.ratioOfBound, row.lowOfBound)));
  const title = 'Where no single temperature reaches what NSF keeps';
  const alt = `${title}: a grid of τ and γ for each number of high tiles.`;
  return {
    simulated: false,
    facts: [
      {
        name: 'Scores',
        value: `${draws.toLocaleString('en')} random sets a setting, in float64: high scores in [τ, τ + γ], 1 to 30 low ones at or below −τ, up to 3 between`,
      },
      {
        name: 'Bounds',
        value: 'κ = σ(τ + γ)/σ(τ) on the ratio of two high weights, ε = e^(−τ)/h on a low weight (Eq. 6)',
      },
      {
        name: 'Temperatures',
        value:
          'from γ/ln κ up to 2τ/(ln(1/ε − 1) − ln h), the form that the appendix derives (Eq. 24); the main text prints 2τ/ln(h/ε), another expression',
      },
    ],
    tables: [table(rows)],
    charts: [
      {
        id: 'region',
        title,
        alt,
        caption:
          'Dark, marked ×: for the worst scores of the set no temperature of softmax keeps both of NSF’s own bounds. Light, marked ✓: some temperature does. h: number of high tiles.',
        spec: {
          ...frameOf(`${rows.length} settings of τ, γ and h`, title, alt),
          data: inlineRows(
            rows.map((row) => ({
              tau: row.tau,
              gamma: row.gamma,
              h: `h = ${row.high}`,
              mark: row.empty ? '×' : '✓',
              reach: row.empty ? 'no' : 'yes',
            })),
          ),
          facet: { field: 'h', type: 'nominal', sort: HIGHS.map((h) => `h = ${h}`), header: { title: null } },
          columns: 3,
          spec: {
            width: Math.floor(WIDTH / 3),
            height: 190,
            encoding: {
              x: { field: 'tau', type: 'ordinal', title: 'threshold τ', axis: { labelAngle: 0, labelOverlap: true } },
              y: { field: 'gamma', type: 'ordinal', sort: 'descending', title: 'spread γ of the high scores' },
            },
            layer: [
              {
                mark: { type: 'rect', stroke: '#ffffff' },
                encoding: {
                  color: {
                    field: 'reach',
                    type: 'nominal',
                    title: 'a temperature keeps both bounds',
                    scale: { domain: ['no', 'yes'], range: ['#4a4a4a', '#cfe3f2'] },
                    legend: { orient: 'top' },
                  },
                },
              },
              {
                mark: { type: 'text', fontSize: 11 },
                encoding: {
                  text: { field: 'mark' },
                  color: { condition: { test: "datum.reach === 'no'", value: '#ffffff' }, value: '#333333' },
                },
              },
            ],
          },
        } as TopLevelSpec,
      },
      curves(),
    ],
    reading: [
      {
        heading: 'Part A',
        paragraphs: [
          violations === 0
            ? `In none of ${sets.toLocaleString('en')} random score sets does NSF pass a bound. The closest comes to ${fixed(tightest, 4)} of its bound, so the bounds are ${tightest > 0.99 ? 'tight' : 'kept with room'}.`
            : `In ${violations} of ${sets.toLocaleString('en')} random score sets NSF passes a bound: the theorem does not hold as it is computed here.`,
        ],
      },
      {
        heading: 'Part B',
        paragraphs: [
          `In ${empty.length} of ${rows.length} settings no temperature keeps both of NSF’s bounds for all scores of the set. With γ = 0 all high scores are equal, and any small enough temperature does.`,
          `The theorem is about all scores of a set at once. For the random scores one by one, a temperature of their own would have done in ${fixed(100 * served(empty), 1)} % of the sets of those settings, and in ${fixed(100 * served(rows.filter((row) => !row.empty)), 1)} % of the others: what softmax lacks is one temperature that serves every slide.`,
        ],
      },
    ],
  };
}

function table(rows: readonly Row[]) {
  const shown = rows.filter(
    ({ tau, gamma, high }) => high === 10 && SHOWN.taus.includes(tau) && SHOWN.gammas.includes(gamma),
  );
  const number = (value: number) => ({ text: significant(value), sort: value });
  const setting = (value: number) => ({ text: String(value), sort: value });
  return {
    title: 'Bounds and temperatures with 10 high tiles',
    columns: [
      'τ',
      'γ',
      'largest ratio / κ',
      'largest low weight / ε',
      'smallest T',
      'largest T',
      'a temperature for both',
    ].map((label) => ({ group: '', label })),
    rows: shown.map((row) => ({
      reference: false,
      cells: [
        setting(row.tau),
        setting(row.gamma),
        { text: fixed(row.ratioOfBound, 4), sort: row.ratioOfBound },
        { text: fixed(row.lowOfBound, 4), sort: row.lowOfBound },
        number(row.min),
        row.max === null ? { text: 'no limit', sort: Number.MAX_VALUE } : number(row.max),
        { text: row.empty ? 'no' : 'yes', sort: row.empty ? 0 : 1 },
      ],
    })),
    notes: [
      'The largest values over all random score sets of a setting, as shares of NSF’s bounds: 1 would touch the bound.',
    ],
  };
}

/** The worst low weight and the worst ratio of softmax over T, beside NSF's bounds, for one setting. */
function curves() {
  const setting = { tau: 3, gamma: 2, high: 10 };
  const bounds = metrics.nsfBounds(setting);
  const rows = GRID.filter((t) => t >= 0.1).flatMap((t) => {
    const worst = metrics.softmaxWorst(setting, t);
    return [
      { T: t, what: 'ratio of two high weights / κ', value: worst.ratio / bounds.ratio },
      { T: t, what: 'low weight / ε', value: worst.low / bounds.low },
    ];
  });
  const title = 'What a temperature mends on one side it spoils on the other';
  const alt = `${title}: the worst ratio and the worst low weight of softmax over T, as multiples of NSF's bounds.`;
  const names = ['ratio of two high weights / κ', 'low weight / ε'];
  return {
    id: 'temperature',
    title,
    alt,
    caption:
      'Softmax at its worst within the set for τ = 3, γ = 2 and 10 high tiles. Below the grey line (1) a bound of NSF is kept. No temperature has both curves below it.',
    spec: {
      ...frameOf('τ = 3, γ = 2, h = 10', title, alt),
      width: WIDTH,
      height: 240,
      layer: [
        {
          data: { values: [{ y: 1 }] },
          mark: { type: 'rule', color: GREY, strokeDash: [4, 3] },
          encoding: { y: { field: 'y', type: 'quantitative' } },
        },
        {
          data: inlineRows(rows.filter(({ value }) => value < 1e4 && value > 1e-4)),
          mark: { type: 'line', strokeWidth: 2 },
          encoding: {
            x: { field: 'T', type: 'quantitative', title: 'temperature T', scale: { type: 'log' } },
            y: { field: 'value', type: 'quantitative', title: 'multiple of NSF’s bound', scale: { type: 'log' } },
            color: {
              field: 'what',
              type: 'nominal',
              scale: { domain: names, range: [OURS, PAPER_COLOURS[0]] },
              legend: { title: null, orient: 'top' },
            },
            strokeDash: {
              field: 'what',
              type: 'nominal',
              scale: {
                domain: names,
                range: [
                  [1, 0],
                  [6, 3],
                ],
              },
              legend: { title: null, orient: 'top' },
            },
          },
        },
      ],
    } as TopLevelSpec,
  };
}
