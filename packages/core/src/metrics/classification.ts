import type { Scores } from '../train/types.js';
import { auc } from './ranks.js';
import { softmax, type Vector } from './simplex.js';

/**
 * Class probabilities of one bag, [C] logits → [C] softmax in float64; a single logit z is that of class 1 of two, σ(z).
 * The one place of the suite that turns logits into probabilities.
 */
export function probabilities(logits: Vector): Float64Array {
  return softmax(ofClasses(logits));
}

/** Logits with the same probabilities, one a class: σ(z) is the softmax of (0, z). */
function ofClasses(logits: Vector): Vector {
  return logits.length === 1 ? [0, logits[0]!] : logits;
}

/** Index of the largest value, the lowest index on ties. */
export function argmax(values: Vector): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** −ln softmax(logits)[label] in nats, without forming the probability (finite for every finite logit). */
export function crossEntropy(given: Vector, label: number): number {
  const logits = ofClasses(given);
  const top = logits[argmax(logits)]!;
  let sum = 0;
  for (const v of logits) sum += Math.exp(v - top);
  return Math.log(sum) + top - logits[label]!;
}

/** [classes, classes] counts: row = true class, column = predicted class. */
export function confusion(labels: readonly number[], predicted: readonly number[], classes: number): number[][] {
  if (labels.length !== predicted.length)
    throw new Error(`confusion: ${labels.length} labels for ${predicted.length} predictions`);
  const out = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, i) => {
    const row = out[label];
    const column = predicted[i]!;
    if (row?.[column] === undefined)
      throw new Error(`confusion: label ${label}, prediction ${column}; expected 0 to ${classes - 1}`);
    row[column]!++;
  });
  return out;
}

/** Decisions of one class against the rest. */
export interface ClassCounts {
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
}

/** Counts of the argmax decision, from a confusion matrix. */
export function argmaxCounts(matrix: readonly (readonly number[])[]): ClassCounts[] {
  return matrix.map((row, k) => {
    const tp = row[k]!;
    const predicted = matrix.reduce((sum, other) => sum + other[k]!, 0);
    const actual = row.reduce((sum, v) => sum + v, 0);
    return { tp, fp: predicted - tp, fn: actual - tp };
  });
}

/** Counts of the rule "class k is predicted iff p_k > 0.5", under which a bag may have no class or be undecided. */
export function thresholdCounts(probs: readonly Vector[], labels: readonly number[], classes: number): ClassCounts[] {
  return Array.from({ length: classes }, (_, k) => {
    const counts = { tp: 0, fp: 0, fn: 0 };
    probs.forEach((p, i) => {
      const yes = p[k]! > 0.5;
      if (labels[i] === k) counts[yes ? 'tp' : 'fn']++;
      else if (yes) counts.fp++;
    });
    return counts;
  });
}

/** F1_k = 2TP / (2TP + FP + FN); null for a class that occurs neither in the truth nor in the decisions. */
export function f1PerClass(counts: readonly ClassCounts[]): (number | null)[] {
  return counts.map(({ tp, fp, fn }) => (tp + fp + fn === 0 ? null : (2 * tp) / (2 * tp + fp + fn)));
}

/** Macro F1 over all K classes of the task (paper, Eq. 12); a class that occurs nowhere counts 0. */
export function macroF1(counts: readonly ClassCounts[]): number {
  return f1PerClass(counts).reduce<number>((sum, f) => sum + (f ?? 0), 0) / counts.length;
}

/** Macro F1 over the classes that occur in the truth or the decisions (scikit-learn's and torchmetrics' macro). */
export function macroF1Present(counts: readonly ClassCounts[]): number {
  const present = f1PerClass(counts).filter((f) => f !== null);
  return present.reduce((sum, f) => sum + f, 0) / present.length;
}

/** One-vs-rest AUC of each class by its probability column; null for a class without positives or without negatives. */
export function aucPerClass(probs: readonly Vector[], labels: readonly number[], classes: number): (number | null)[] {
  return Array.from({ length: classes }, (_, k) =>
    auc(
      probs.map((p) => p[k]!),
      labels.map((label) => label === k),
    ),
  );
}

/** Mean AUC over the classes that have one; null if none has. */
export function macroAuc(perClass: readonly (number | null)[]): number | null {
  const defined = perClass.filter((a) => a !== null);
  return defined.length === 0 ? null : defined.reduce((sum, a) => sum + a, 0) / defined.length;
}

/** Σ AUC / K with an undefined AUC as 0: what torchmetrics 1.9 gives. */
export function macroAucAbsentZero(perClass: readonly (number | null)[]): number {
  return perClass.reduce<number>((sum, a) => sum + (a ?? 0), 0) / perClass.length;
}

/** Share of equal entries. */
export function accuracy(labels: readonly number[], predicted: readonly number[]): number {
  return labels.filter((label, i) => label === predicted[i]).length / labels.length;
}

/**
 * Classification metrics of a set of bags from their logits. `logits`: one [C] vector a bag; `labels`: class indices.
 * Decision: argmax. F1: macro over all classes. Throws on an empty set, which has no scores.
 */
export function scoreBags(logits: readonly Vector[], labels: readonly number[], classes: number): Scores {
  const n = logits.length;
  if (n === 0 || labels.length !== n)
    throw new Error(`scoreBags: ${n} bags and ${labels.length} labels; expected as many of both, at least one`);
  const probs = logits.map(probabilities);
  const predicted = probs.map(argmax);
  return {
    n,
    macroF1: macroF1(argmaxCounts(confusion(labels, predicted, classes))),
    macroAuc: macroAuc(aucPerClass(probs, labels, classes)),
    accuracy: accuracy(labels, predicted),
    crossEntropy: logits.reduce((sum, z, i) => sum + crossEntropy(z, labels[i]!), 0) / n,
  };
}
