import type { Checker } from './checker.js';
import { type Golden, isTensor } from './schema.js';

/** A golden file with these outputs as rows [1, n] in the place of lists [n], as the suite computes them. */
export function asRows(golden: Golden, names: readonly string[]): Golden {
  const outputs = Object.entries(golden.outputs).map(([name, value]) => {
    const flat = isTensor(value) && value.shape.length === 1 && names.includes(name);
    return [name, flat ? { ...value, shape: [1, ...value.shape] } : value];
  });
  return { ...golden, outputs: Object.fromEntries(outputs) };
}

/** A checker of files that hold these outputs as lists [n]. */
export function overRows(names: readonly string[], checker: Checker): Checker {
  return (golden, context) => checker(asRows(golden, names), context);
}
