import type { ParamSpec } from '@asmil/core';

/** A Linear whose weight starts Xavier normal, std √(2/(in + out)), and whose bias, if it has one, at 0. */
export function xavier(name: string, inputs: number, outputs: number, bias = true): ParamSpec[] {
  const std = Math.sqrt(2 / (inputs + outputs));
  const weight: ParamSpec = { name: `${name}.weight`, shape: [outputs, inputs], init: { kind: 'normal', std } };
  return bias ? [weight, { name: `${name}.bias`, shape: [outputs], init: { kind: 'constant', value: 0 } }] : [weight];
}
