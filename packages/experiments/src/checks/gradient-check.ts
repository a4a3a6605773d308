import { createRng, entmax, klFromTarget, nsf, softmax, tf } from '@asmil/core';
import type { TopLevelSpec } from 'vega-lite';
import { inlineRows } from '../reports/charts/inline-rows.js';
import { frameOf, OURS, WIDTH } from '../reports/charts/theme.js';
import { significant } from '../reports/format.js';
import type { Check, CheckPage } from './types.js';

/*
 * Eq. 8: the gradient of the anchor's term with respect to an online score is α − α′, bounded by 1 and without any factor
 * of the scores. Closed form, automatic differentiation and finite differences side by side.
 *
 *   pnpm exp gradient-check
 */

const SIZES = { quick: [1, 5, 50, 500], standard: [1, 5, 50, 500, 5000], paper: [1, 5, 50, 500, 5000, 50000] } as const;
/** Largest number of tiles for which every finite difference is taken; of larger bags some. */
const DIFFERENCES = 100;
const STEP = 1e-4;

const TARGETS = {
  NSF: (z: tf.Tensor) => nsf(z, 1),
  'softmax T = 4': (z: tf.Tensor) => softmax(z, 4),
  'entmax α = 1.5': (z: tf.Tensor) => entmax(z, 1.5),
  uniform: (z: tf.Tensor) => softmax(tf.mul(z, 0), 1),
} as const;

interface Row {
  readonly target: string;
  readonly n: number;
  /** Largest |automatic − closed form|, |finite difference − closed form| over the tiles. */
  readonly automatic: number;
  readonly difference: number;
  /** Largest |gradient|, which Eq. 8 keeps below 1, and its sum over the tiles, which is 0. */
  readonly largest: number;
  readonly sum: number;
}

interface Numbers {
  readonly rows: readonly Row[];
}

function compare(target: keyof typeof TARGETS, n: number): Row {
  const rng = createRng(1, 'gradient-check', `${target}/${n}`);
  const online = Float64Array.from({ length: n }, () => 3 * rng.normal());
  const anchor = Float32Array.from({ length: n }, () => 3 * rng.normal());
  const goals = tf.tidy(() => TARGETS[target](tf.tensor2d(anchor, [1, n]))); // [1, N]
  const gradient = tf.tidy(() => {
    const term = (z: tf.Tensor): tf.Scalar => klFromTarget(z, goals, 1);
    return tf.grad(term)(tf.tensor2d(Float32Array.from(online), [1, n])); // [1, N]
  });
  const [goal, automatic] = [Float64Array.from(goals.dataSync()), gradient.dataSync()];
  tf.dispose([goals, gradient]);
  const alpha = softmax64(online);
  const closed = alpha.map((a, i) => a - goal[i]!);
  const tried = n <= DIFFERENCES ? closed.keys() : Array.from({ length: DIFFERENCES }, () => rng.int(n)).values();
  let difference = 0;
  for (const i of tried) {
    const moved = (by: number): number => {
      const z = Float64Array.from(online);
      z[i]! += by;
      return divergence(goal, softmax64(z));
    };
    difference = Math.max(difference, Math.abs((moved(STEP) - moved(-STEP)) / (2 * STEP) - closed[i]!));
  }
  return {
    target,
    n,
    automatic: Math.max(...closed.map((value, i) => Math.abs(value - automatic[i]!))),
    difference,
    largest: Math.max(...closed.map(Math.abs)),
    sum: Math.abs(closed.reduce((a, b) => a + b, 0)),
  };
}

function softmax64(z: Float64Array): Float64Array {
  const top = z.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = z.map((value) => Math.exp(value - top));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
}

/** KL(p ‖ q) in nats; p may hold zeros. */
function divergence(p: Float64Array, q: Float64Array): number {
  return p.reduce((sum, value, i) => (value > 0 ? sum + value * Math.log(value / q[i]!) : sum), 0);
}

export const gradientCheck: Check<Numbers> = {
  kind: 'check',
  id: 'gradient-check',
  title: 'Gradient of the anchor’s term',
  question:
    'Is the gradient of the anchor’s term the difference of the two attention maps (Eq. 8)? The paper derives it; each of its entries then lies between −1 and 1 and they sum to 0.',
  paper: { kind: 'equation', number: 8 },
  aliases: ['eq8'],
  presets: {
    quick: { summary: 'seconds: bags of up to 500 tiles' },
    standard: { summary: 'seconds: bags of up to 5,000 tiles' },
    paper: { summary: 'half a minute: bags of up to 50,000 tiles' },
  },
  async compute({ preset }) {
    const targets = Object.keys(TARGETS) as (keyof typeof TARGETS)[];
    return { rows: targets.flatMap((target) => SIZES[preset].map((n) => compare(target, n))) };
  },
  page: ({ rows }) => pageOf(rows),
};

function pageOf(rows: readonly Row[]): CheckPage {
  const worst = (read: (row: Row) => number): number => Math.max(...rows.map(read));
  const number = (value: number) => ({ text: significant(value), sort: value });
  const title = 'Closed form against automatic differentiation and finite differences';
  const alt = `${title}: largest absolute difference by number of tiles.`;
  const agrees = worst((row) => row.automatic) < 1e-5 && worst((row) => row.difference) < 1e-5;
  return {
    simulated: false,
    facts: [
      { name: 'Scores', value: 'standard normal, times 3, for the online model and the anchor each' },
      {
        name: 'Precision',
        value:
          'closed form and finite differences (central, step 1e-4) in float64, automatic differentiation in float32',
      },
    ],
    tables: [
      {
        title: 'Largest differences over the tiles',
        columns: [
          { group: '', label: 'target', text: true },
          ...[
            'tiles N',
            'automatic − closed form',
            'finite difference − closed form',
            'largest entry',
            'sum of entries',
          ].map((label) => ({ group: '', label })),
        ],
        rows: rows.map((row) => ({
          reference: false,
          cells: [
            { text: row.target, sort: row.target },
            number(row.n),
            number(row.automatic),
            number(row.difference),
            number(row.largest),
            number(row.sum),
          ],
        })),
        notes: ['Of bags with more than 100 tiles 100 finite differences are taken.'],
      },
    ],
    charts: [
      {
        id: 'differences',
        title,
        alt,
        caption:
          'Largest absolute difference to α − α′ over the tiles, for four kinds of target. Entries of the gradient themselves are of size up to 1; float32 resolves about 1e-7 of that.',
        spec: {
          ...frameOf('one set of scores a point', title, alt),
          facet: { field: 'against', type: 'nominal', header: { title: null } },
          columns: 2,
          data: inlineRows(
            rows.flatMap((row) => [
              {
                target: row.target,
                n: row.n,
                against: 'automatic differentiation (float32)',
                value: Math.max(row.automatic, 1e-12),
              },
              {
                target: row.target,
                n: row.n,
                against: 'finite differences (float64)',
                value: Math.max(row.difference, 1e-12),
              },
            ]),
          ),
          spec: {
            width: Math.floor(WIDTH / 2),
            height: 200,
            mark: { type: 'point', filled: true, size: 70, color: OURS, opacity: 0.9 },
            encoding: {
              x: { field: 'n', type: 'quantitative', title: 'tiles N', scale: { type: 'log' }, axis: { tickCount: 4 } },
              y: {
                field: 'value',
                type: 'quantitative',
                title: 'largest difference',
                scale: { type: 'log' },
                axis: { format: '.0e', tickCount: 6 },
              },
              shape: { field: 'target', type: 'nominal', legend: { orient: 'top', title: null } },
              tooltip: [{ field: 'target' }, { field: 'n' }, { field: 'value', format: '.1e' }],
            },
          },
        } as TopLevelSpec,
      },
    ],
    reading: [
      {
        heading: 'Reading',
        paragraphs: [
          agrees
            ? `Eq. 8 holds: automatic differentiation differs from α − α′ by at most ${significant(worst((row) => row.automatic))}, finite differences by at most ${significant(worst((row) => row.difference))}, for each kind of target and N from ${Math.min(...rows.map((row) => row.n))} to ${Math.max(...rows.map((row) => row.n))}.`
            : `Eq. 8 is not met to rounding: the largest difference is ${significant(
                Math.max(
                  worst((row) => row.automatic),
                  worst((row) => row.difference),
                ),
              )}.`,
          `No entry exceeds ${significant(worst((row) => row.largest))} in size, and the entries of a bag sum to 0 up to ${significant(worst((row) => row.sum))}: the term moves mass between tiles and cannot explode, whatever the target.`,
        ],
      },
    ],
  };
}
