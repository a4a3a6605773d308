/**
 * Multiply-accumulates (MACs) of the matrix products of one bag, by closed form. One of the paper's printed FLOPs is one
 * MAC; a GFLOP/s here counts two operations a MAC, as matrix libraries do.
 */

export interface Sizes {
  /** Instances N. */
  readonly n: number;
  /** Input width D_in. */
  readonly input: number;
  /** Inner width D (H for ABMIL). */
  readonly hidden: number;
  readonly classes: number;
}

export interface Macs {
  readonly forward: number;
  /** The anchor's forward pass up to its scores, in training only. */
  readonly anchor: number;
  /** The reduction of the tiles, whose input needs no gradient. */
  readonly reduction: number;
}

/** N (D_in H + 2HL + L + H) + HC: reduction, gated attention, mixing, classifier. */
export function abmilMacs({ n, input, hidden: h, classes }: Sizes, attention = 128): Macs {
  const forward = n * (input * h + 2 * h * attention + attention + h) + h * classes;
  return { forward, anchor: 0, reduction: n * input * h };
}

/** ASMIL, variant `paper`: K FEAT rows of the encoder over N + K keys, the class row of the aggregator, MLP ratio r. */
export function asmilPaperMacs({ n, input, hidden: d, classes }: Sizes, k = 8, r = 4): Macs {
  const encoder = 2 * (n + k) * d ** 2 + k * d ** 2 + 2 * k * (n + k) * d + k * d ** 2 + 2 * r * k * d ** 2;
  const aggregator = 2 * (k + 1) * d ** 2 + 2 * d ** 2 + 2 * (k + 1) * d + 2 * r * d ** 2;
  const reduction = n * input * d;
  return {
    forward: reduction + encoder + aggregator + d * classes,
    anchor: (n + k) * d ** 2 + k * d ** 2 + k * n * d,
    reduction,
  };
}

/** ASMIL, variant `release`: K attention modules over the tiles, a class token over K features, K + 1 classifiers. */
export function asmilReleaseMacs({ n, input, hidden: d, classes }: Sizes, k = 8): Macs {
  const modules = k * (2 * n * d ** 2 + 2 * d ** 2 + 2 * n * d);
  const reduction = n * input * d;
  return {
    forward: reduction + modules + 2 * k * d ** 2 + 2 * d ** 2 + 2 * k * d + (k + 1) * d * classes,
    // A network of its own: the reduction, then keys, query and scores of every module.
    anchor: reduction + k * (n * d ** 2 + d ** 2 + n * d),
    reduction,
  };
}

/** Backward costs two products for each of the forward pass, less the gradient of the tiles; the anchor has no backward. */
export function trainingMacs({ forward, anchor, reduction }: Macs): number {
  return 3 * forward - reduction + anchor;
}

const FORMULAS: Readonly<Record<string, (sizes: Sizes) => Macs>> = {
  abmil: abmilMacs,
  asmil: asmilPaperMacs,
  'asmil-release': asmilReleaseMacs,
};

/** MACs of one training step of a workload in its default form; null where no closed form is known here. */
export function stepMacs(workload: string, sizes: Sizes): number | null {
  const formula = FORMULAS[workload];
  return formula ? trainingMacs(formula(sizes)) : null;
}

/** Rate in GFLOP/s (two operations a MAC) of `macs` in `ms` milliseconds. */
export function gflops(macs: number, ms: number): number {
  return (2 * macs) / (ms * 1e6);
}
