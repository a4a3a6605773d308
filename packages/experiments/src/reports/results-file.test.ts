import { describe, expect, it } from 'vitest';
import { fakeResults } from '../../test/fake-results.js';
import type { Results } from '../types.js';
import { canonicalJson } from './canonical-json.js';
import { packResults, unpackResults } from './results-file.js';

const throughFile = (results: Results): Results => unpackResults(JSON.parse(canonicalJson(packResults(results))));

/** The results with another history of their first run. */
function withFirst(results: Results, change: (run: Results['runs'][number]['result']) => object): Results {
  const [first, ...others] = results.runs;
  return { ...results, runs: [{ ...first!, result: { ...first!.result, ...change(first!.result) } }, ...others] };
}

describe('results.json', () => {
  it.each([
    ['all that there can be', fakeResults({ diverged: ['m=0/2'] })],
    ['no validation bags and no instance labels', fakeResults({ classic: true })],
    ['no attention and no AUC', fakeResults({ attention: false, auc: false })],
    ['a run that diverged in its first epoch', withFirst(fakeResults(), () => ({ selected: null, epochs: [] }))],
    [
      'a loss part, validation scores and attention at some epochs only',
      withFirst(fakeResults(), ({ epochs }) => ({
        epochs: epochs.map((epoch) =>
          epoch.epoch % 2 === 0 ? epoch : { ...epoch, val: null, attention: null, terms: { late: 0.25 } },
        ),
      })),
    ],
    [
      'numbers that JSON does not have',
      withFirst(fakeResults(), ({ epochs, last }) => ({
        diverged: { epoch: 1, step: 2, bag: 'a', value: 'NaN' },
        last: { ...last!, crossEntropy: Number.NaN },
        epochs: epochs.map((epoch) => ({
          ...epoch,
          loss: Number.NEGATIVE_INFINITY,
          test: { ...epoch.test, crossEntropy: Number.POSITIVE_INFINITY },
        })),
      })),
    ],
  ])('gives back %s', (_, results) => {
    expect(throughFile(results)).toEqual(results);
  });

  it('has one line a run and one list a number', () => {
    const results = fakeResults({ cells: 2, seeds: 2, epochs: 3 });
    const text = canonicalJson(packResults(results));
    expect(text.match(/^\{"cell":"m=[\d.]+","result":.*\},?$/gm)).toHaveLength(4);
    const { epochs } = packResults(results).runs[3]!.result;
    expect(epochs.test?.macroF1).toEqual(results.runs[3]!.result.epochs.map((epoch) => epoch.test.macroF1));
    expect(epochs.attention?.jsd?.[0]).toBeNull();
  });

  it('refuses another format, and a history with gaps', () => {
    expect(() => unpackResults({ format: 1, runs: [] })).toThrow('has format 1, expected 2; write the report again');
    expect(() => unpackResults(null)).toThrow('has format undefined');
    const gap = withFirst(fakeResults(), ({ epochs }) => ({ epochs: epochs.slice(1) }));
    expect(() => packResults(gap)).toThrow('epoch 2 stands in place 1');
  });
});
