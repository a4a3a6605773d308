import { describe, expect, it } from 'vitest';
import { fakeExperiment, fakeResults } from '../../test/fake-results.js';
import type { Experiment } from '../types.js';
import { agreementReading, agreementTable, valueAgreements } from './agreement.js';
import { METRICS } from './metrics.js';
import { metricOf, type Summary, summarise } from './summary.js';

const F1 = METRICS.find(({ id }) => id === 'macroF1')!;

/** The fake results beside a paper whose F1 lies `off` from ours, with one std for all. */
function beside(off: Readonly<Record<string, number>>, std: number | null): Summary {
  const experiment = fakeExperiment();
  const results = fakeResults();
  const own = summarise(experiment, results);
  const rows = own.cells.flatMap((cell) => {
    const { mean } = metricOf(cell, F1);
    return off[cell.key] === undefined
      ? []
      : [{ cell: cell.key, dataset: 'BRACS', values: { F1: { mean: mean! + off[cell.key]!, std } } }];
  });
  const changed: Experiment = { ...experiment, paper: { ...experiment.paper, rows } };
  return summarise(changed, results);
}

const verdicts = (summary: Summary) =>
  Object.fromEntries(valueAgreements(summary).map(({ cell, verdict }) => [cell.key, verdict]));

describe('agreement value by value', () => {
  it('asks for the sign of the difference and the interval', () => {
    // m = 0 is far below m = 0.999 here; the paper's numbers are ours, moved.
    expect(verdicts(beside({ 'm=0.999': 0, 'm=0': 0 }, 0.01))).toEqual({ 'm=0.999': 'agrees', 'm=0': 'agrees' });
    expect(verdicts(beside({ 'm=0.999': 0.3, 'm=0': 0.3 }, 0.01))).toEqual({
      'm=0.999': 'neither',
      'm=0': 'same sign only',
    });
    expect(verdicts(beside({ 'm=0.999': -0.9, 'm=0': 0 }, 0.01))).toEqual({
      'm=0.999': 'neither',
      'm=0': 'inside ± only',
    });
    expect(verdicts(beside({ 'm=0.999': -0.9, 'm=0': 0.02 }, 0.01))['m=0']).toBe('neither');
  });

  it('takes the border of the interval as inside, and goes by what there is', () => {
    expect(verdicts(beside({ 'm=0.999': 0.25, 'm=0': 0 }, 0.25000001))['m=0.999']).toBe('agrees');
    expect(verdicts(beside({ 'm=0.999': 0, 'm=0': 0.5 }, null))).toEqual({ 'm=0.999': 'neither', 'm=0': 'neither' });
    expect(verdicts(beside({ 'm=0.999': 0, 'm=0': -0.5 }, null))['m=0']).toBe('agrees');
    expect(verdicts(beside({ 'm=0': 0 }, 0.01))).toEqual({ 'm=0': 'agrees' }); // the paper has nothing to compare it with
  });

  it('is compared with a setting’s own baseline where it has one', () => {
    const given = beside({ 'm=0.999': -0.9, 'm=0': 0, 'm=0.5': 0 }, 0.01);
    const cells = given.results.cells.map((cell) => (cell.key === 'm=0.5' ? { ...cell, baseline: 'm=0' } : cell));
    const summary = summarise(given.experiment, { ...given.results, cells });
    expect(verdicts(summary)).toMatchObject({ 'm=0': 'inside ± only', 'm=0.5': 'agrees' });
  });

  it('is a table of every value and a sentence that adds up', () => {
    const summary = summarise(fakeExperiment(), fakeResults());
    const table = agreementTable(summary)!;
    expect(table.rows).toHaveLength(28); // seven settings, two scores, two data sets
    expect(table.rows.map(({ cells }) => cells.length)).toEqual(Array(28).fill(table.columns.length));
    const [text] = agreementReading([summary, summary])!.paragraphs;
    const counts = [...text!.matchAll(/(\d+) (?:agrees?|have|lie|do)\b/g)].map(([, n]) => Number(n));
    expect(text).toContain('Of 56 values');
    expect(counts.reduce((a, b) => a + b, 0)).toBe(56);
    const none = summarise({ ...fakeExperiment(), paper: { kind: 'own', rows: [] } }, fakeResults());
    expect([agreementTable(none), agreementReading([none])]).toEqual([null, null]);
  });
});
