import { describe, expect, it } from 'vitest';
import { fakeExperiment, fakeResults, scoredResults } from '../../test/fake-results.js';
import type { Experiment, Results } from '../types.js';
import { partialText } from './partial.js';
import { readingOf } from './reading.js';
import { summarise } from './summary.js';
import { scoreTable } from './tables.js';

const experiment = fakeExperiment();

/** Paragraphs of one heading, with plain spaces. */
function read(results: Results, heading: string, of: Experiment = experiment): string {
  const section = readingOf(summarise(of, results)).find((part) => part.heading === heading);
  return (section?.paragraphs ?? []).join('\n').replaceAll('\u00a0', ' ');
}

describe('what the reading says about scores', () => {
  it('names the best setting and the differences beyond noise with adjusted p', () => {
    // differences to the reference: -0.2, -0.21, -0.19 (clear) and 0.01, -0.02, 0.02 (nothing)
    const results = scoredResults({
      'm=0': [0.5, 0.49, 0.51],
      'm=0.99': [0.71, 0.68, 0.72],
      'm=0.999': [0.7, 0.7, 0.7],
    });
    const text = read(results, 'Scores');
    expect(text).toContain('Highest mean macro F1 here: m = 0.99 with 0.703 ± 0.021 (3 runs).');
    // t = 0.2/(0.01/sqrt(3)) = 34.64 with 2 degrees of freedom: p = 0.00083, times 2 settings
    expect(text).toContain('m = 0.0 is lower by 0.200 (95 % interval −0.225 to −0.175, p = 0.002)');
    expect(text).toContain('The other setting cannot be told from it.');
    expect(text).toContain('No run has a macro AUC');
  });

  it('refuses to judge one run a setting', () => {
    const text = read(scoredResults({ 'm=0': [0.5], 'm=0.999': [0.9] }), 'Scores');
    expect(text).toContain('No test against m = 0.999 is possible with 1 pair of runs a setting');
    expect(text).not.toContain('lower by');
  });

  it('warns that splits share training bags', () => {
    expect(read(fakeResults({ splits: 5, seeds: 2 }), 'Scores')).toContain(
      'The test takes all 5 splits × 2 seeds as pairs',
    );
    expect(read(fakeResults(), 'Scores')).not.toContain('Splits share');
  });
});

describe('what the reading says of chance, noise and size', () => {
  /** Gives the first `stuck` runs of every setting the scores of one class for all: 12 of 20 bags right, 3 classes. */
  const withStuck = (stuck: number): Results => {
    const base = scoredResults({ 'm=0': [0.5, 0.52, 0.54], 'm=0.999': [0.5, 0.51, 0.52] });
    const oneClass = { n: 20, macroF1: 0.25, macroAuc: 0.5, accuracy: 0.6, crossEntropy: 1 }; // 2·0.6/1.6/3
    return {
      ...base,
      runs: base.runs.map((run) =>
        run.seed <= stuck ? { ...run, result: { ...run.result, selected: oneClass } } : run,
      ),
    };
  };

  it('names runs that recognise one class only', () => {
    expect(read(withStuck(0), 'Scores')).not.toContain('one class only');
    expect(read(withStuck(1), 'Scores')).toContain('They are: m = 0.0 (1 of 3) and m = 0.999 (1 of 3).');
    expect(read(withStuck(3), 'Scores')).toContain('Every run recognises one class only');
  });

  it('says where AUC cannot be told from chance', () => {
    expect(read(fakeResults(), 'Scores')).not.toContain('from chance');
    const base = fakeResults();
    const runs = base.runs.map((run) =>
      run.cell === 'm=1'
        ? { ...run, result: { ...run.result, selected: { ...run.result.selected!, macroAuc: 0.4 + 0.05 * run.seed } } }
        : run,
    );
    expect(read({ ...base, runs }, 'Scores')).toContain('cannot be told from chance (0.5) with m = 1.0:');
  });

  it('says where nothing was learnt, of single runs too', () => {
    const base = fakeResults({ seeds: 1 });
    const at = (aucOf: (cell: string) => number): Results => ({
      ...base,
      runs: base.runs.map((run) => ({
        ...run,
        result: { ...run.result, selected: { ...run.result.selected!, macroAuc: aucOf(run.cell) } },
      })),
    });
    expect(
      read(
        at((cell) => (cell === 'm=1' ? 0.5 : 0.41)),
        'Scores',
      ),
    ).toContain('Mean macro AUC is not above chance (0.5) with any setting (0.410 to 0.500)');
    expect(
      read(
        at((cell) => (cell === 'm=1' ? 0.51 : 0.41)),
        'Scores',
      ),
    ).not.toContain('not above chance');
  });

  it('tells of scores that do not carry over from validation to test bags', () => {
    const base = fakeResults();
    expect(read(base, 'Scores')).not.toContain('on validation bags');
    const runs = base.runs.map((run) => ({
      ...run,
      result: { ...run.result, selected: { ...run.result.selected!, macroF1: 0.35 } },
    }));
    expect(read({ ...base, runs }, 'Scores')).toMatch(/is 0\.7\d\d on validation bags and 0\.350 on test bags/);
  });

  it('says which settings lead alike, and that a lead within noise is none', () => {
    const text = read(
      scoredResults({ 'm=0': [0.5, 0.7, 0.6], 'm=0.99': [0.6, 0.6, 0.5], 'm=0.999': [0.6, 0.5, 0.7] }),
      'Scores',
    );
    expect(text).toContain('Highest mean macro F1 here: 0.600, alike with m = 0.0 and m = 0.999.');
    expect(text).toContain('which setting leads is not a finding');
    const same = read(scoredResults({ 'm=0': [0.5, 0.7], 'm=0.999': [0.5, 0.7] }), 'Scores');
    expect(same).toContain('The mean macro F1 is 0.600 with every setting. In every pair of runs the same score');
  });

  it('gives the step of one test bag and the width of the intervals', () => {
    // differences 0.1 ± 0.1 of three runs: half an interval is 4.303 · 0.1 / √3 = 0.248
    const text = read(scoredResults({ 'm=0': [0.5, 0.6, 0.7], 'm=0.999': [0.5, 0.5, 0.5] }), 'Limits');
    expect(text).toContain('The test set holds 20 bags: one bag decided otherwise moves accuracy by 0.050');
    expect(text).toContain('are ±0.248 in macro F1: true differences smaller');
  });
});

describe('a partial report', () => {
  it('says what is missing', () => {
    const base = fakeResults({ cells: 6, seeds: 5 });
    const runs = base.runs.filter((run) => run.cell !== 'm=0.9' || run.seed > 2);
    const summary = summarise(experiment, { ...base, planned: 35, runs });
    const text = partialText(summary)!.replaceAll('\u00a0', ' ');
    expect(text).toContain('This report holds 28 of 35 planned runs');
    expect(text).toContain('Missing: m = 0.9 (seed 1 and seed 2) and m = 1.0 (all 5 runs).');
    expect(scoreTable(summary).rows[2]!.cells[1]!.text).toBe('3 of 5');
    expect(partialText(summarise(experiment, base))).toBeNull();
  });
});

describe('what the reading says beside the paper', () => {
  const keys = experiment.cells.map((cell) => cell.key);
  /** The paper's F1 on BRACS, in the order of the settings. */
  const paper = [0.636, 0.674, 0.645, 0.744, 0.781, 0.768, 0.705];

  it('finds agreement where the order is the same', () => {
    const results = scoredResults(Object.fromEntries(keys.map((key, i) => [key, [paper[i]! - 0.1]])));
    const text = read(results, 'Beside the paper');
    expect(text).toContain(
      "Macro F1 against the paper's BRACS: the orders agree (Spearman ρ = 1.00 over 7 settings, exact p < 0.001); the best setting is the same, m = 0.999.",
    );
    expect(text).toContain('None goes the other way.');
  });

  it('says among which settings the best is, and names all that the paper has level', () => {
    const results = scoredResults(Object.fromEntries(keys.map((key, i) => [key, [0.3 + 0.05 * i]])));
    const own = { F1: { mean: 0.9, std: null } };
    const rows = keys.slice(1, 4).map((cell) => ({ dataset: 'BRACS', cell, values: own }));
    const few = { ...experiment, paper: { ...experiment.paper, rows } };
    const text = readingOf(summarise(few, results))
      .filter(({ heading }) => heading === 'Beside the paper')
      .flatMap(({ paragraphs }) => paragraphs)
      .join(' ')
      .replaceAll('\u00a0', ' ');
    expect(text).toContain(
      "of the 3 settings that the paper has, the paper's best are m = 0.5, m = 0.9 and m = 0.99 (0.900), the best here m = 0.99.",
    );
  });

  it('says in words where the result goes the other way', () => {
    const results = scoredResults(Object.fromEntries(keys.map((key, i) => [key, [1.4 - paper[i]!, 1.41 - paper[i]!]])));
    const text = read(results, 'Beside the paper');
    expect(text).toContain("the order runs against the paper's (Spearman ρ = −1.00");
    expect(text).toContain('The other way than the paper, in macro F1 against m = 0.999: m = 0.0 is +0.145 here');
    expect(text).toContain('in the paper −0.145 (BRACS) and −0.066 (CAMELYON-16)');
  });

  it('warns of the other cohort, unless it is the same data set', () => {
    const other = scoredResults({ 'm=0': [0.5], 'm=0.999': [0.9] });
    expect(read(other, 'Beside the paper')).toContain('come from other cohorts than this one (BRACS and CAMELYON-16)');
    const real: Results = { ...other, cohort: { ...other.cohort, name: 'bracs', simulated: false } };
    expect(read(real, 'Beside the paper')).toContain('come from another cohort than this one (CAMELYON-16)');
  });
});

describe('what the reading says about attention', () => {
  // clear differences to m = 0.999, so that a relation with JSD can be read
  const f1 = {
    'm=0': [0.3, 0.31, 0.29],
    'm=0.5': [0.4, 0.41, 0.39],
    'm=0.9': [0.5, 0.51, 0.49],
    'm=0.99': [0.6, 0.61, 0.59],
    'm=0.999': [0.7, 0.7, 0.7],
  };
  const keys = Object.keys(f1);
  const attention = (jsd: readonly number[], entropy: readonly number[]) =>
    Object.fromEntries(keys.map((key, i) => [key, { jsd: jsd[i]!, entropy: entropy[i]! }]));
  const falling = [0.04, 0.03, 0.02, 0.01, 0.001];

  it('reads stability beside concentration', () => {
    const text = read(scoredResults(f1, attention(falling, [0.5, 0.6, 0.7, 0.8, 0.97])), 'Attention');
    expect(text).toContain(
      'least from epoch to epoch with m = 0.999 (JSD 0.00100 nats, entropy / ln N 0.970) and most with m = 0.0',
    );
    expect(text).toContain('The stable settings are the flat ones (Spearman ρ = −1.00');
    expect(text).toContain('m = 0.999. Flat attention is stable whatever it has learnt');
    expect(text).toContain('the more stable the higher macro F1 (Spearman ρ = −1.00');
  });

  it('sees stability that is not flatness', () => {
    const text = read(scoredResults(f1, attention(falling, [0.9, 0.8, 0.7, 0.6, 0.3])), 'Attention');
    expect(text).toContain('The stable settings are the concentrated ones');
    expect(text).not.toContain('Almost flat');
  });

  it('makes no merit of stability where all attention is flat', () => {
    const text = read(scoredResults(f1, attention(falling, [0.991, 0.992, 0.993, 0.994, 0.998])), 'Attention');
    expect(text).toContain('almost flat with every setting (entropy / ln N 0.991 to 0.99800; 1 is flat)');
    expect(text).not.toContain('The stable settings are');
  });

  it('reads no relation into scores that do not differ beyond noise, nor into a few settings', () => {
    const noise = Object.fromEntries(keys.map((key, i) => [key, [0.5 + 0.01 * i, 0.6 - 0.02 * i, 0.55]]));
    const flat = scoredResults(noise, attention(falling, [0.5, 0.6, 0.7, 0.8, 0.97]));
    expect(read(flat, 'Attention')).not.toContain('JSD and scores');
    const few = scoredResults(
      { 'm=0': [0.1], 'm=0.5': [0.2], 'm=0.999': [0.3] },
      attention(falling, [0.5, 0.6, 0.7, 0.8, 0.9]),
    );
    expect(read(few, 'Attention')).toContain('no clear relation over the settings (Spearman ρ = −1.00');
  });

  it('tests JSD pair by pair, as ratios', () => {
    const { runs, ...rest } = scoredResults(
      f1,
      attention([0.002, 0.001, 0.001, 0.001, 0.001], [0.5, 0.5, 0.5, 0.5, 0.5]),
    );
    const noisy = runs.map((run) => {
      const [epoch] = run.result.epochs;
      const factor = 1 + 0.01 * run.seed * (run.cell.length % 3);
      const moved = { ...epoch!, attention: { ...epoch!.attention!, jsd: epoch!.attention!.jsd! * factor } };
      return { ...run, result: { ...run.result, epochs: [moved] } };
    });
    // twice the reference's JSD, times 1.0 / 1.01, 1.0 / 1.02, 1.0 / 1.03 or the like
    expect(read({ ...rest, runs: noisy }, 'Attention')).toMatch(
      /differs beyond noise .* with m = 0\.0 \((?:1\.9|2\.0) times\)/,
    );
  });

  it('says so where there is none', () => {
    expect(read(scoredResults(f1), 'Attention')).toContain('The runs hold no attention over epochs');
  });
});

describe('the table of scores', () => {
  it('counts diverged runs and keeps them out of the mean', () => {
    const all = fakeResults();
    const summary = summarise(experiment, fakeResults({ diverged: ['m=0/2'] }));
    const row = scoreTable(summary).rows[0]!;
    expect(row.cells[1]!.text).toBe('4 of 5');
    const kept = all.runs.filter((run) => run.cell === 'm=0' && run.seed !== 2);
    const mean = kept.reduce((sum, run) => sum + run.result.selected!.macroF1, 0) / 4;
    expect(summary.cells[0]!.metrics[0]!.mean).toBeCloseTo(mean, 10);
    expect(summary.cells[0]!.metrics[0]!.comparison!.n).toBe(4);
  });

  it('reports accuracy first where the paper does', () => {
    const classic: Experiment = {
      ...experiment,
      paper: {
        kind: 'table',
        number: 16,
        rows: [{ cell: 'm=0', dataset: 'MUSK1', values: { accuracy: { mean: 0.9, std: 0.1 } } }],
      },
    };
    const table = scoreTable(summarise(classic, fakeResults({ cells: 2 })));
    expect(table.columns.map((column) => column.label)).toEqual([
      'EMA momentum m',
      'runs',
      'accuracy',
      'macro F1',
      'macro AUC',
      'accuracy',
    ]);
    expect(table.rows[0]!.cells.at(-1)!.text).toBe('0.900 ± 0.100');
    expect(table.rows[1]!.cells.at(-1)!.text).toBe('–');
  });
});
