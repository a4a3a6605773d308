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

/** Bags of at most D + 1 tiles whose rank is computed, of each cohort: it takes a second or two for hundreds of tiles. */
const MOST = { quick: 8, standard: 60, paper: Number.POSITIVE_INFINITY } as const;

interface CohortRow {
  readonly cohort: string;
  readonly title: string;
  readonly simulated: boolean;
  readonly dim: number;
  /** All bags; those of more than D + 1 tiles, which are dependent by their size alone. */
  readonly bags: number;
  readonly bySize: number;
  /** Of the smaller bags, how many were looked at and how many of these are dependent. */
  readonly looked: number;
  readonly dependent: number;
  /** Numbers of tiles of all bags. */
  readonly sizes: readonly number[];
}

interface Numbers {
  readonly rows: readonly CohortRow[];
}

async function look(cohort: Cohort, most: number): Promise<CohortRow> {
  const split = cohort.splits(0)[0]!; // where features are normalised, by this split's training part
  const sizes: number[] = [];
  let [bySize, looked, dependent] = [0, 0, 0];
  for (const { id } of cohort.bags) {
    const { features, n, d } = await cohort.load(id, split);
    sizes.push(n);
    if (n > d + 1) bySize += 1;
    else if (looked < most) {
      looked += 1;
      if (metrics.affinelyDependent(features, n, d)) dependent += 1;
    }
  }
  const { name, title, simulated, dim } = cohort;
  return { cohort: name, title, simulated, dim, bags: sizes.length, bySize, looked, dependent, sizes };
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
    quick: { summary: 'a minute: the rank of up to 8 small bags a cohort' },
    standard: { summary: 'minutes: of up to 60 small bags a cohort' },
    paper: { summary: 'longer: of every small bag' },
  },
  async compute({ preset, cohorts, say }) {
    const rows: CohortRow[] = [];
    for (const { cohort } of cohorts) {
      rows.push(await look(cohort, MOST[preset]));
      say(`${cohort.name}: ${rows.at(-1)!.bags} bags`);
    }
    return { rows };
  },
  page: ({ rows }) => pageOf(rows),
};

/** Percent of all bags: the large ones, and of the small ones the share found among those looked at. */
function percent({ bags, bySize, looked, dependent }: CohortRow): number {
  const small = bags - bySize;
  return (100 * (bySize + (looked === 0 ? 0 : (small * dependent) / looked))) / bags;
}

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
        value: `${row.title}; ${count(row.bags, 'bag')}, the rank of ${row.looked} of ${row.bags - row.bySize} small ones computed`,
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
          const small = row.bags - row.bySize;
          const rest =
            small === 0
              ? 'There is no smaller bag'
              : `Of the ${count(small, 'smaller bag')} ${row.looked} were looked at and ${row.dependent} found dependent`;
          return `${own}${beside}. ${rest}${row.dependent === 0 ? ': the share says how large the bags are and nothing of their features' : ''}.`;
        }),
      },
    ],
  };
}
