import { describe, expect, test } from 'vitest';
import { localization as definition } from '../../src/definitions/localization.js';
import { FROC_AXIS } from '../../src/localization/settings.js';
import type { Localization, LocalizationScores, LocalizedEpoch } from '../../src/localization/types.js';
import { renderSvg } from '../../src/reports/charts/render.js';
import { resultsCsv } from '../../src/reports/csv.js';
import { DEFAULT_POINTS, DEFAULT_VARIANT, TARGETS } from '../../src/reports/localization/epochs.js';
import { reportPage } from '../../src/reports/page.js';
import { htmlPage } from '../../src/reports/page-html.js';
import { markdownPage } from '../../src/reports/page-markdown.js';
import { packResults, unpackResults } from '../../src/reports/results-file.js';
import { summarise } from '../../src/reports/summary.js';
import type { Experiment, ResultRun, Results } from '../../src/types.js';
import { fakeProvenance, fakeResults } from '../fake-results.js';

/** Invented scores around `froc`, measured nowhere. */
function scores(froc: number | null, normal: boolean): LocalizationScores {
  const variants = {
    camelyon16_v1_interp: froc,
    camelyon16_v2_step: froc === null ? null : froc + 0.05,
    normalOnly_interp: normal && froc !== null ? froc - 0.05 : null,
    normalOnly_atMost: normal && froc !== null ? froc - 0.1 : null,
  };
  const specificity = normal ? 0.9 : null;
  return {
    ...{ dice: froc === null ? null : froc / 2, diceTile: froc, specificity },
    froc: { nms: variants, tiles: variants, components: variants },
  };
}

function epoch(froc: number | null, normal: boolean, logits: boolean): LocalizedEpoch {
  const scale = { dice: 0.1, diceTile: 0.1, specificity: normal ? 1 : null, froc };
  return {
    attention: scores(froc, normal),
    detail: {
      perTarget: froc === null ? null : TARGETS.map(() => froc),
      curve: froc === null ? null : FROC_AXIS.map((fp) => Math.min(froc, fp)),
      first: froc === null ? null : { avgFp: 0.7, sensitivity: froc / 2 },
      detections: 4,
    },
    scales: { globalMinmax: scale, none: scale },
    tileLogits: logits ? scores(froc, normal) : null,
  };
}

/** The runs of the definition with invented numbers: later methods score higher, ASMIL without anchor as high as with it. */
function results({ normal = true, lesions = 13, seeds = 3 } = {}): Results {
  const base = fakeResults({ cells: 1, seeds, epochs: 4, cohort: 'camelyon16-sim' });
  const runs = definition.cells.flatMap((cell, c) =>
    base.runs.map((run, s): ResultRun => {
      const froc = lesions === 0 ? null : 0.2 + 0.04 * Math.min(c, 7) + 0.01 * ((s + c) % 3);
      const own = epoch(froc, normal, cell.key === 'dtfd-mil');
      const localization: Localization = {
        truth: {
          ...{ tileUm: 128, tileUmKnown: false, pixelUm: 16, pixelsPerTile: 8, measuredOn: 'outlines' },
          ...{ tumourSlides: lesions === 0 ? 0 : 11, normalSlides: normal ? 19 : 0, lesions, itcs: 2 },
          ...{ ofLabels: { dice: lesions === 0 ? null : 0.8, froc: 1 }, diceOfAll: 0.02 },
        },
        selected: own,
        last: own,
      };
      return { ...run, cell: cell.key, signature: `${c}${s}`.padStart(12, '0'), localization };
    }),
  );
  const { key: _, ...first } = definition.cells[0]!;
  expect(first.label).toBe('CLAM-SB');
  return {
    ...base,
    experiment: definition.id,
    title: definition.title,
    cells: definition.cells.map(({ key, label, factors, reference }) => ({
      ...{ key, label, factors },
      ...(reference ? { reference } : {}),
    })),
    planned: runs.length,
    runs,
  };
}

const pageOf = (given: Results, experiment: Experiment = definition) =>
  reportPage({ experiment, results: given, provenance: fakeProvenance() });

const tableOf = (page: ReturnType<typeof pageOf>, title: string) =>
  page.tables.find((table) => table.title.startsWith(title))!;

describe('the report', () => {
  const page = pageOf(results());

  test('leads with Dice, specificity and FROC beside the paper’s, decisions and concentration, and the curve', () => {
    const [first] = page.tables;
    expect(first!.columns.map(({ alone, label }) => alone ?? label)).toEqual([
      ...['method', 'runs', 'Dice', 'Δ Dice (p)', 'specificity', 'Δ specificity (p)', 'FROC', 'Δ FROC (p)'],
      ...['Dice', 'specificity', 'FROC'].map((name) => `${name} (paper, CAMELYON-16: real slides)`),
    ]);
    const row = (label: string) => first!.rows.find(({ cells }) => cells[0]!.text.startsWith(label))!.cells;
    expect(
      row('ASMIL (reference)')
        .slice(-3)
        .map(({ text }) => text),
    ).toEqual(['0.586', '0.999', '0.494']);
    expect(
      row('TransMIL')
        .slice(-3)
        .map(({ text }) => text),
    ).toEqual(['0.103', '0.999', '0.087']);
    expect(
      row('ABMIL')
        .slice(-3)
        .map(({ text }) => text),
    ).toEqual(['–', '–', '–']);
    expect(page.leading).toEqual({ tables: 2, charts: 2 });
    expect(page.tables[1]!.columns.map(({ label }) => label)).toContain('largest weight × N');
    expect(page.charts[0]!.id).toBe('froc');
  });

  test('has every way of counting, the default named', () => {
    const table = tableOf(page, 'FROC score by the way of counting');
    expect(table.columns).toHaveLength(13);
    expect(table.notes.join(' ')).toContain('(the default)');
    expect(table.rows[0]!.cells.slice(1, 5).map(({ text }) => text)).toEqual(['0.210', '0.260', '0.160', '0.110']);
    expect([DEFAULT_POINTS, DEFAULT_VARIANT]).toEqual(['nms', 'camelyon16_v1_interp']);
  });

  test('has the other scores of tiles, DTFD-MIL’s evidence among them', () => {
    const table = tableOf(page, 'Dice, specificity and FROC by the scores of tiles');
    const evidence = table.columns.findIndex(({ group }) => group === 'evidence');
    const shown = table.rows.filter(({ cells }) => cells[evidence]!.text !== '–');
    expect(shown.map(({ cells }) => cells[0]!.text)).toEqual(['DTFD-MIL']);
  });

  test('says what was there to be found, where no threshold works, and what the anchor is worth', () => {
    const texts = page.reading.find(({ heading }) => heading === 'Localisation')!.paragraphs.join('\n');
    expect(texts).toContain('11 with lesions and 19 without. There are 13 lesions to be found');
    expect(texts).toContain('have a Dice of 0.800 and a FROC score of 1.000: tiles of 128 µm allow no more');
    expect(texts).toMatch(/costs 0\.70 false positives a slide, and what the score counts at 1\/4 and 1\/2/);
    expect(texts).toContain('FROC can be counted in 12 ways');
    expect(texts).toMatch(/ASMIL against ASMIL without anchor: Dice [−+].*; against ASMIL with uniform target: Dice/);
    expect(page.reading.map(({ heading }) => heading)).toEqual([
      ...['Scores', 'Beside the paper', 'Attention', 'Localisation', 'Limits', 'Value by value'],
    ]);
    const beside = page.reading.find(({ heading }) => heading === 'Beside the paper')!.paragraphs.join('\n');
    for (const metric of ['Dice', 'Specificity', 'FROC'])
      expect(beside).toContain(`${metric} against the paper's CAMELYON-16`);
    expect(page.facts.find(({ name }) => name === 'Lesions')!.value).toContain('assumed: the cohort names no size');
  });

  test('draws its curve without a complaint, and writes its pages and numbers', async () => {
    for (const chart of page.charts.slice(0, 2)) {
      const { svg, warnings } = await renderSvg(chart.spec);
      expect(warnings).toEqual([]);
      expect(svg.length).toBeGreaterThan(2000);
    }
    expect(markdownPage(page)).toContain('Table 12 of the paper');
    expect(htmlPage(page, { svgs: new Map(), scripts: [] })).toContain('Other ways of counting');
    const csv = resultsCsv(summarise(definition, results()));
    expect(csv.split('\n')[0]).toContain('froc_mean');
    expect(unpackResults(JSON.parse(JSON.stringify(packResults(results()))))).toEqual(results());
  });
});

describe('corner cases', () => {
  test('no slide without lesions: no specificity, no count on normal slides', () => {
    const page = pageOf(results({ normal: false }));
    expect(tableOf(page, 'FROC score by the way').columns).toHaveLength(7);
    const text = page.reading.flatMap(({ paragraphs }) => paragraphs).join('\n');
    expect(text).toContain('No run has a specificity: it is undefined where every test slide has a lesion');
    expect(text).toContain('FROC can be counted in 6 ways');
  });

  test('no lesion at all: no curve, no FROC, no Dice', () => {
    const page = pageOf(results({ lesions: 0 }));
    expect(page.charts.map(({ id }) => id)).not.toContain('froc');
    expect(page.reading.flatMap(({ paragraphs }) => paragraphs).join('\n')).toContain('No run has a FROC');
    expect(markdownPage(page)).not.toMatch(/NaN|Infinity|\bnull\b/);
  });

  test('one run a setting: nothing is told from noise', () => {
    const page = pageOf(results({ seeds: 1 }));
    const text = page.reading.flatMap(({ paragraphs }) => paragraphs).join('\n');
    expect(text).toContain('With one pair of runs none of this can be told from noise');
  });

  test('runs without maps', () => {
    const given = results();
    const bare = { ...given, runs: given.runs.map(({ localization: _, ...run }) => run) };
    const page = pageOf(bare);
    expect(page.tables.map(({ title }) => title).some((title) => title.startsWith('FROC'))).toBe(false);
    expect(markdownPage(page)).not.toMatch(/NaN|Infinity|\bnull\b/);
  });
});
