import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Scores } from '@asmil/core';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { fakeProvenance, fakeResults } from '../../../test/fake-results.js';
import { mainComparison } from '../../definitions/main-comparison.js';
import { plugin } from '../../definitions/plugin.js';
import { paperRowsFor } from '../../presets/paper-cohorts.js';
import type { Experiment, Place, PlacesResults, ResultRun, Results } from '../../types.js';
import type { AttentionState } from '../attention.js';
import { renderSvg } from '../charts/render.js';
import { compactSvg } from '../charts/svg-text.js';
import { markdownPage } from '../page-markdown.js';
import { directionAgreement, firstFew, orderAgreement } from './agreement.js';
import { placesCharts } from './charts/index.js';
import { packPlaces, unpackPlaces } from './file.js';
import { placesPage } from './page.js';
import { summarisePlaces } from './summary.js';
import { placesTable } from './tables.js';
import { likeControl, type Verdict, verdictOf } from './verdict.js';

const schema = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('vega-lite/vega-lite-schema.json'), 'utf8'),
);
const valid = new Ajv({ strict: false, validateFormats: false }).compile(schema);

type Attention = Pick<AttentionState, 'jsd' | 'entropy'>;
interface Invented {
  /** Macro F1 and AUC of a cell in a place, and what its attention does. */
  readonly score: (cell: string, place: Place) => number;
  readonly attention?: (cell: string) => Attention;
  readonly seeds?: number;
  readonly without?: readonly string[];
}

function invented(
  experiment: Experiment,
  places: readonly Place[],
  { score, attention, seeds = 2, without = [] }: Invented,
) {
  const base = fakeResults({ cells: 1, seeds: 1, epochs: 1 });
  const cells = experiment.cells.filter(({ key }) => !without.includes(key));
  const own = places.map(
    (place): Results => ({
      ...base,
      experiment: experiment.id,
      title: experiment.title,
      cohort: { ...base.cohort, name: place.cohort, options: { scale: 'quick', encoder: place.encoder } },
      seeds: Array.from({ length: seeds }, (_, i) => i + 1),
      cells: cells.map(({ model: _model, train: _train, ...cell }) => cell),
      planned: experiment.cells.length * seeds,
      runs: cells.flatMap(({ key }) =>
        Array.from({ length: seeds }, (_, i): ResultRun => {
          const value = score(key, place) + 0.001 * i;
          const scores: Scores = { n: 20, macroF1: value, macroAuc: value, accuracy: value, crossEntropy: 1 };
          const state = attention?.(key) ?? { jsd: 0.01, entropy: 0.6 };
          const more = { peak: 9, halfMass: 0.2, instanceMass: 0.5, instanceAuc: 0.8 };
          const kept = { macroF1: value, macroAuc: value, crossEntropy: 1 };
          const epoch = { epoch: 1, loss: 1, terms: {}, val: null, test: kept, attention: { ...state, ...more } };
          return {
            ...{ cell: key, split: 'official', seed: i + 1, signature: `${key}-${i}` },
            result: { status: 'finished', selectedEpoch: 1, selected: scores, last: scores, epochs: [epoch] },
          };
        }),
      ),
    }),
  );
  const { id, title } = experiment;
  const results: PlacesResults = {
    ...{ format: 2, kind: 'places', experiment: id, title, preset: 'quick', engine: 'native', places: own },
  };
  const rows = own.map(({ cohort }) => paperRowsFor(experiment.paper.rows, cohort.name, cohort.options.encoder));
  return summarisePlaces(experiment, results, rows);
}

type Summary = ReturnType<typeof invented>;
const said = (summary: Summary): string =>
  markdownPage(placesPage(summary, fakeProvenance(), null)).replaceAll('\u00a0', ' ');

const methods = mainComparison.cells.map(({ key }) => key);
/** Methods in the order of their cells, ASMIL, the last, on top. */
const inOrder = (key: string): number => 0.5 + 0.02 * methods.indexOf(key);
const SIX = mainComparison.places!;
const THREE = plugin.places!;

describe('a comparison of methods', () => {
  const summary = invented(mainComparison, SIX, { score: inOrder });

  it('ranks them over the places, and tells those apart that can be', () => {
    const text = said(summary);
    expect(text).toContain('Best average ranks over 6 columns: ASMIL (1.00), HDMIL (2.00) and AEM (3.00)');
    // all ranks equal in 6 places: χ² = 6 · 11 = 66; CD = 3.268 √(12 · 13 / 36) = 6.80
    expect(text).toContain('χ² = 66.00');
    expect(text).toContain('critical difference (6.80)');
    expect(text).toContain('5 methods can be told from the first');
  });

  it('tests no ranks over a few places', () => {
    expect(said(invented(mainComparison, THREE, { score: inOrder }))).toContain(
      'So few data sets allow no test of ranks',
    );
  });

  it('says by a rule whether the order is the paper’s, and where it has the leader elsewhere', () => {
    const paper = (place: Place) => (key: string) =>
      paperRowsFor(mainComparison.paper.rows, place.cohort, place.encoder).find(({ cell }) => cell === key)!.values.F1!
        .mean;
    const same = said(invented(mainComparison, THREE, { score: (key, place) => paper(place)(key) / 2 }));
    expect(same).toContain('camelyon16-sim, vit-s agrees (1.00)');
    const turned = said(invented(mainComparison, THREE, { score: (key, place) => 1 - paper(place)(key) }));
    expect(turned).toContain('camelyon16-sim, vit-s does not agree (−1.00)');
    expect(turned).toContain('and in 0 here');
  });

  it('names the paper’s data set over its column, also for a cohort that it does not have', () => {
    const [metric] = summary.metrics;
    const heads = (places: readonly Place[]) =>
      placesTable(invented(mainComparison, places, { score: inOrder }), metric!).columns.map(({ label }) => label);
    expect(heads([{ cohort: 'bracs-sim', encoder: 'vit-s' }])).toContain('paper (BRACS)');
    expect(heads([{ cohort: 'musk1' }])).toContain('paper (CAMELYON-16)');
  });

  it('says what is missing', () => {
    const text = said(invented(mainComparison, THREE, { score: inOrder, without: ['camil'] }));
    expect(text).toContain('This report holds 66 of 72 planned runs');
    expect(text).toContain('Without a run in any place: CAMIL.');
  });
});

describe('stable or merely flat', () => {
  const state = (jsd: number, entropy: number): AttentionState => ({
    ...{ jsd, entropy, peak: 2, halfMass: 0.3, instanceMass: null, instanceAuc: null },
  });
  it.each<[string, AttentionState, AttentionState, Verdict]>([
    ['less movement, as concentrated', state(0.01, 0.6), state(0.002, 0.62), 'steadied'],
    ['less movement, much flatter', state(0.01, 0.6), state(0.002, 0.9), 'flattened'],
    ['less movement, flat', state(0.01, 0.9), state(0.002, 0.99), 'flattened'],
    ['a little less movement', state(0.01, 0.6), state(0.009, 0.6), 'moves as much'],
    ['more movement', state(0.01, 0.6), state(0.02, 0.6), 'moves as much'],
    ['flat before and after', state(0.01, 0.99), state(0.001, 0.995), 'flat before'],
  ])('%s', (_, alone, treated, verdict) => {
    expect(verdictOf(alone, treated)).toBe(verdict);
  });
  it('needs a JSD of both', () => {
    expect(verdictOf(null, state(0.01, 0.6))).toBeNull();
    expect(likeControl(state(0.1, 0.92), state(0.1, 0.95))).toBe(true);
    expect(likeControl(state(0.1, 0.8), state(0.1, 0.95))).toBe(false);
  });
});

describe('treatments of hosts', () => {
  const better = (key: string): number => (key.endsWith('none') ? 0.5 : key.endsWith('uniform') ? 0.55 : 0.6);
  const calm = (key: string): Attention =>
    key.endsWith('none') ? { jsd: 0.05, entropy: 0.6 } : { jsd: 0.005, entropy: 0.62 };
  const flat = (key: string): Attention =>
    key.endsWith('none') ? { jsd: 0.05, entropy: 0.6 } : { jsd: 0.005, entropy: 0.99 };

  it('say what the anchor gives beyond flattening, and which of stable and flat it made', () => {
    const stable = said(invented(plugin, THREE, { score: better, attention: calm }));
    expect(stable).toContain('anchor + NSF +0.100 in the mean, higher in 12 of 12 pairs');
    expect(stable).toContain('against the uniform target, in macro F1: +0.050 in the mean, higher in 12 of 12 pairs');
    expect(stable).toContain(
      'in 12 of 12 attention moves less and is about as concentrated as before: this is stability',
    );
    const flattened = said(invented(plugin, THREE, { score: better, attention: flat }));
    expect(flattened).toContain('in 12 of 12 attention moves less because it has become flat');
    expect(flattened).not.toContain('this is stability');
  });

  it('say by a rule whether the directions are the paper’s', () => {
    expect(said(invented(plugin, THREE, { score: better }))).toMatch(/go its way, which agrees \(rule/);
    const worse = said(invented(plugin, THREE, { score: (key) => 1 - better(key) }));
    expect(worse).toMatch(/go its way, which does not agree \(rule/);
    expect(worse).toMatch(/; and \d+ smaller\./);
  });
});

it.each([
  [0.7, 'agrees'],
  [0.69, 'agrees in part'],
  [0.3, 'agrees in part'],
  [0.29, 'does not agree'],
])('an order with ρ = %d %s', (rho, verdict) => expect(orderAgreement(rho)).toBe(verdict));

it.each([
  [9, 12, 'agrees'],
  [8, 12, 'agrees in part'],
  [6, 12, 'does not agree'],
] as const)('%d of %d directions: %s', (same, of, verdict) => expect(directionAgreement(same, of)).toBe(verdict));

it('long lists are cut', () => {
  expect(firstFew(['a', 'b'], 'more')).toBe('a; b');
  expect(firstFew(['a', 'b', 'c', 'd', 'e', 'f'], 'more')).toBe('a; b; c; d; and 2 more');
});

describe.each([
  ['methods in six places', () => invented(mainComparison, SIX, { score: inOrder })],
  ['methods in one place', () => invented(mainComparison, [{ cohort: 'musk1' }], { score: inOrder, seeds: 1 })],
  ['treatments, one run each', () => invented(plugin, THREE, { score: inOrder, seeds: 1 })],
  ['treatments in three places', () => invented(plugin, THREE, { score: inOrder })],
  [
    'one host',
    () => invented(plugin, THREE.slice(0, 1), { score: inOrder, without: plugin.cells.slice(4).map(({ key }) => key) }),
  ],
] as const)('the report of %s', (_, make) => {
  it('has charts that are valid and draw with their titles and without a warning', async () => {
    const { charts } = placesCharts(make());
    expect(charts.length).toBeGreaterThan(2);
    for (const { id, spec, title } of charts) {
      const ok = valid(JSON.parse(JSON.stringify(spec)));
      expect({ id, errors: ok ? [] : valid.errors?.slice(0, 3) }).toEqual({ id, errors: [] });
      const { svg, warnings } = await renderSvg(spec);
      expect({ id, warnings }).toEqual({ id, warnings: [] });
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(svg.match(/<g[ >]/g)!.length).toBe(svg.match(/<\/g>/g)!.length);
      expect(svg.split('</text>').length).toBeGreaterThan(5);
      expect(svg.slice(svg.indexOf('>'))).toContain(title.split(' ').slice(0, 3).join(' '));
    }
  });

  it('has tables as wide as their heads, and a file that reads back', () => {
    const summary = make();
    for (const { columns, rows } of summary.metrics.map((metric) => placesTable(summary, metric))) {
      for (const { cells } of rows) expect(cells).toHaveLength(columns.length);
    }
    expect(unpackPlaces(JSON.parse(JSON.stringify(packPlaces(summary.results))))).toEqual(
      JSON.parse(JSON.stringify(summary.results)),
    );
  });
});

it('a group without content is dropped from a drawing, and nothing with it', () => {
  const svg =
    '<svg><g class="a"><g class="b"/><g class="c"><text>one</text></g></g><g transform="translate(1,2)"><text>two</text></g></svg>';
  expect(compactSvg(svg, '').replace(/<svg[^>]*>/, '<svg>')).toBe(
    '<svg><text>one</text><g transform="translate(1,2)"><text>two</text></g></svg>',
  );
});
