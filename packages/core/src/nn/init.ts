import type { Init, ParamSpec } from '../model.js';

/** PyTorch's default start of a Linear (and Conv): weight and bias uniform in ±1/√fan_in. */
export function fanIn(size: number): Init {
  return { kind: 'uniform', bound: 1 / Math.sqrt(size) };
}

/** A Linear as parameters `name.weight` [out, in] and `name.bias` [out]. */
export function linearSpecs(
  name: string,
  inputs: number,
  outputs: number,
  options: { bias?: boolean } = {},
): ParamSpec[] {
  const weight: ParamSpec = { name: `${name}.weight`, shape: [outputs, inputs], init: fanIn(inputs) };
  if (options.bias === false) return [weight];
  return [weight, { name: `${name}.bias`, shape: [outputs], init: fanIn(inputs) }];
}

/** A layer norm as `name.weight` (1) and `name.bias` (0). */
export function normSpecs(name: string, size: number): ParamSpec[] {
  return [
    { name: `${name}.weight`, shape: [size], init: { kind: 'constant', value: 1 } },
    { name: `${name}.bias`, shape: [size], init: { kind: 'constant', value: 0 } },
  ];
}

/** `count` equal layers in stacked tensors: `name` holds a `*` where the index goes. */
export function stacked(count: number, specs: readonly ParamSpec[]): ParamSpec[] {
  return specs.map((s) => ({ ...s, shape: [count, ...s.shape] }));
}
