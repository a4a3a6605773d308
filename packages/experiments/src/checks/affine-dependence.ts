import { type Cohort, metrics } from '@asmil/core';
import type { TopLevelSpec } from 'vega-lite';
import { paperTable } from '../paper/tables.js';
import { paperDatasetOf } from '../presets/paper-cohorts.js';
import { PAPER_COHORTS } from '../presets/paper-places.js';
import { inlineRows } from '../reports/charts/inline-rows.js';
import { frameOf, GREY, OURS, PAPER_COLOURS, WIDTH } from '../reports/charts/theme.js';
import { count, fixed } from '../reports/format.js';
import type { Check, CheckPage } from './types.js';

/*
 * Table 7: the share of bags whose tile features are affinely dependent, so that different attention gives the same bag
 * feature. A bag of more than D + 1 tiles always is; only smaller ones have to be looked at.
 *
 *   pnpm exp affine-dependence
 *   pnpm exp table7 --data hgsc-needle
 */

/** Bags looked at of each cohort; the rank of a bag of hundreds of tiles takes a second. */
const MOST = { quick: 60, standard: 400, paper: Number.POSITIVE_INFINITY } as const;

interface CohortRow {
  readonly cohort: string;
  readonly title: string;
  readonly simulated: boolean;
  readonly dim: number;
  readonly bags: number;
  readonly total: number;
  readonly dependent: number;
  /** Of them, bags that are dependent by their number of tiles alone. */
  readonly bySize: number;
  /** Numbers of tiles of all bags looked at. */
  readonly sizes: readonly number[];
}

interface Numbers {
  readonly rows: readonly CohortRow[];
}

async function look(cohort: Cohort, most: number): Promise<CohortRow> {
  const step = Math.max(1, Math.ceil(cohort.bags.length / most));
  const chosen = cohort.bags.filter((_, i) => i % step === 0);
  const split = cohort.splits(0)[0]!; // where features are normalised, by this split's training part
  const sizes: number[] = [];
  let [dependent, bySize] = [0, 0];
  for (const { id } of chosen) {
    const { features, n, d } = await cohort.load(id, split);
    sizes.push(n);
    if (n > d + 1) bySize += 1;
    if (metrics.affinelyDependent(features, n, d)) dependent += 1;
  }
  const { name, title, simulated, dim } = cohort;
  const total = cohort.bags.length;
  return { cohort: name, title, simulated, dim, bags: chosen.length, total, dependent, bySize, sizes };
}

export const affineDependence: Check<Numbers> = {
  kind: 'check',
  id: 'affine-dependence',
  title: 'Affinely dependent bags',
  question:
    'In how many bags can different attention give the same bag feature, so that matching features would not hold attention still? The paper finds 96 to 99.8 % of the bags affinely dependent.',
  paper: { kind: 'table', number: 7 },
  aliases: ['table7'],
  places: PAPER_COHORTS,
  presets: {
    quick: { summary: 'a minute: up to 60 bags a cohort' },
    standard: { summary: 'minutes: up to 400 bags a cohort' },
    paper: { summary: 'longer: every bag' },
  },
  async compute({ preset, cohorts, say }) {
    const rows: CohortRow[] = [];
    for (const { cohort } of cohorts) {
      rows.push(await look(cohort, MOST[preset]));
      say(`${cohort.name}: ${rows.at(-1)!.dependent} of ${rows.at(-1)!.bags} bags`);
    }
    return { rows };
  },
  page: ({ rows }) => pageOf(rows),
};

const percent = ({ dependent, bags }: CohortRow): number => (100 * dependent) / bags;

function paperPercent(cohort: string): number | null {
  const row = paperTable(7).rows.find(({ dataset }) => dataset === paperDatasetOf(cohort));
  return row ? Number(row.affinely_dependent_percent) : null;
}

function pageOf(rows: readonly CohortRow[]): CheckPage {
  const title = 'Numbers of tiles and of features';
  const alt = `${title}: the number of tiles of each bag by cohort, with the limit D + 1.`;
  return {
    simulated: rows.some(({ simulated }) => simulated),
    subtitle: rows.map(({ cohort }) => cohort).join(', '),
    facts: [
      ...rows.map((row) => ({
        name: row.cohort,
        value: `${row.title}; ${count(row.bags, 'bag')} of ${row.total} looked at`,
      })),
      {
        name: 'Rule',
        value:
          'dependent if N > D + 1, or if the rank of [X, 1] in float64 is below N (singular values up to σ_max · max(N, D + 1) · 2⁻⁵² count as zero)',
      },
    ],
    tables: [
      {
        title: 'Share of affinely dependent bags',
        columns: [
          { group: '', label: 'cohort', text: true },
          { group: '', label: 'bags' },
          { group: '', label: 'features D' },
          { group: 'here', label: 'dependent, %' },
          { group: 'here', label: 'by N > D + 1 alone, %' },
          { group: 'paper', label: '%', alone: 'paper, %' },
        ],
        rows: rows.map((row) => {
          const printed = paperPercent(row.cohort);
          const number = (value: number | null) => ({ text: value === null ? '–' : fixed(value, 2), sort: value });
          return {
            reference: false,
            cells: [
              { text: row.simulated ? `${row.cohort} (simulated)` : row.cohort, sort: row.cohort },
              { text: String(row.bags), sort: row.bags },
              { text: String(row.dim), sort: row.dim },
              number(percent(row)),
              number((100 * row.bySize) / row.bags),
              number(printed),
            ],
          };
        }),
        notes: ['The paper’s column is of real slides with ViT-S features (D = 384), not measured here.'],
      },
    ],
    charts: [
      {
        id: 'sizes',
        title,
        alt,
        caption:
          'Each point is a bag. Right of the mark (D + 1) a bag is affinely dependent whatever its features are; left of it only if they happen to be.',
        spec: {
          ...frameOf('a point a bag', title, alt),
          width: WIDTH - 80,
          height: { step: 46 },
          layer: [
            {
              data: inlineRows(rows.flatMap(({ cohort, sizes }) => sizes.map((n) => ({ cohort, n })))),
              mark: { type: 'tick', thickness: 1, opacity: 0.55, color: OURS },
              encoding: {
                x: { field: 'n', type: 'quantitative', title: 'tiles N of a bag', scale: { type: 'log', nice: true } },
                y: { field: 'cohort', type: 'nominal', title: null },
              },
            },
            {
              data: inlineRows(rows.map(({ cohort, dim }) => ({ cohort, limit: dim + 1 }))),
              mark: { type: 'point', shape: 'diamond', size: 90, color: PAPER_COLOURS[0], filled: true, stroke: GREY },
              encoding: {
                x: { field: 'limit', type: 'quantitative' },
                y: { field: 'cohort', type: 'nominal' },
                tooltip: [{ field: 'limit', title: 'D + 1' }],
              },
            },
          ],
        } as TopLevelSpec,
      },
    ],
    reading: [
      {
        heading: 'Reading',
        paragraphs: rows.map((row) => {
          const printed = paperPercent(row.cohort);
          const own = `${row.cohort}: ${fixed(percent(row), 1)} % of ${count(row.bags, 'bag')} are affinely dependent, ${fixed((100 * row.bySize) / row.bags, 1)} % since they have more than D + 1 = ${row.dim + 1} tiles`;
          const beside =
            printed === null ? '' : `; the paper has ${fixed(printed, 1)} % on slides, which have more tiles than ours`;
          return `${own}${beside}. ${row.dependent === row.bySize ? 'No smaller bag is: the share says how large the bags are and nothing of their features.' : `${row.dependent - row.bySize} smaller ones are dependent by their features.`}`;
        }),
      },
    ],
  };
}
