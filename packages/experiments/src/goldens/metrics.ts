import { metrics as m } from '@asmil/core';
import { type Checker, overCases } from './checker.js';
import { numbersOf } from './schema.js';

interface Classification {
  readonly y: number[];
  readonly probs: { readonly shape: [number, number] };
}

/** The files also quote another library's values, which are not ours to reach. */
const classification = overCases<Classification>(
  ({ y, probs }) => {
    const k = probs.shape[1];
    const values = numbersOf(probs);
    const rows = y.map((_, i) => values.slice(i * k, (i + 1) * k));
    const predicted = rows.map(m.argmax);
    const confusion = m.confusion(y, predicted, k);
    const counts = m.argmaxCounts(confusion);
    const halves = m.thresholdCounts(rows, y, k);
    const aucs = m.aucPerClass(rows, y, k);
    return {
      expected: {
        confusion,
        f1_per_class: m.f1PerClass(counts),
        macro_f1: m.macroF1(counts),
        macro_f1_present: m.macroF1Present(counts),
        auc_per_class: aucs,
        macro_auc: m.macroAuc(aucs),
        macro_auc_absent_zero: m.macroAucAbsentZero(aucs),
        accuracy: m.accuracy(y, predicted),
        macro_f1_threshold05: m.macroF1(halves),
        f1_per_class_threshold05: m.f1PerClass(halves),
      },
    };
  },
  ['name', 'y', 'probs', 'torchmetrics_1_9'],
);

const histogram = overCases<{ readonly bins: number; readonly z: unknown }>(
  ({ bins, z }) => {
    const raw = numbersOf(z);
    const nsf = m.nsf(m.centred(raw));
    const softmax = m.softmax(raw);
    const [ofRaw, ofNsf, ofSoftmax] = [raw, nsf, softmax].map((values) => m.histogram(values, bins));
    return {
      nsf_of_centred: nsf,
      softmax,
      counts_raw: ofRaw!.counts,
      edges_raw: ofRaw!.edges,
      counts_nsf: ofNsf!.counts,
      edges_nsf: ofNsf!.edges,
      counts_softmax: ofSoftmax!.counts,
      edges_softmax: ofSoftmax!.edges,
    };
  },
  ['bins', 'z'],
);

const meanStd = overCases<{ readonly values: number[] }>(
  ({ values }) => ({
    n: values.length,
    mean: m.mean(values),
    std_sample: m.sampleStd(values),
    std_population: m.populationStd(values),
  }),
  ['values'],
);

export const metricCheckers: Readonly<Record<string, Checker>> = {
  'metrics/classification': classification,
  'metrics/histogram': histogram,
  'metrics/mean_std': meanStd,
};
