import { UserError } from '@asmil/core';
import { shorter } from './macs-executed.js';
import { published, type Sizes } from './macs-published.js';

export type { Sizes } from './macs-published.js';

/**
 * Multiply-accumulates of one bag in evaluation by closed form, of what a model's published code (ASMIL: the paper)
 * multiplies, in the form of the model's default configuration. Throws `UserError` for a name without a closed form.
 */
export function publishedMacs(name: string, sizes: Sizes): number {
  const formula = Object.hasOwn(published, name) ? published[name] : undefined;
  if (formula === undefined) {
    const known = Object.keys(published).join(', ');
    throw new UserError(`no closed form of the cost of "${name}" is known; there is one for ${known}`, 2);
  }
  return formula(sizes);
}

/**
 * The same of what this suite's pass multiplies, its maps included: equal numbers, for some models by a shorter way.
 * `forwardMacs` of the core counts them on a running pass.
 */
export function executedMacs(name: string, sizes: Sizes): number {
  const formula = Object.hasOwn(shorter, name) ? shorter[name] : undefined;
  return formula?.(sizes) ?? publishedMacs(name, sizes);
}
