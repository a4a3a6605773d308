import { hasKernels, runKernel, tf } from '../engine/index.js';
import type { Params } from '../model.js';
import { flatten, type Layout } from './flat.js';

/** Masks by parameter name, each in a shape that broadcasts to the parameter's → one flat mask [P]; 1 where none is given. */
export function everywhere(layout: Layout, masks: Params): tf.Tensor1D {
  const inRuns = layout.specs.every(({ name, shape }) => !masks[name] || leads(masks[name].shape, shape));
  if (hasKernels() && inRuns) return repeated(layout, masks);
  const full = layout.specs.map(
    (spec) => [spec.name, tf.mul(tf.ones([...spec.shape]), masks[spec.name] ?? 1)] as const,
  );
  return flatten(layout, Object.fromEntries(full));
}

/** Whether a mask varies along the first axes only, so that its values stand in runs. */
function leads(mask: readonly number[], shape: readonly number[]): boolean {
  const end = mask.findLastIndex((side) => side !== 1) + 1;
  return mask.length === shape.length && mask.slice(0, end).every((side, axis) => side === shape[axis]);
}

function repeated(layout: Layout, masks: Params): tf.Tensor1D {
  const values = layout.specs.map(({ name }) => (masks[name] ? tf.reshape(masks[name], [-1]) : tf.ones([1])));
  const lengths = layout.specs.flatMap((_, i) => {
    const runs = values[i]!.shape[0]!;
    return Array.from({ length: runs }, () => layout.sizes[i]! / runs);
  });
  const inputs = [tf.concat(values), tf.tensor1d(lengths, 'int32')];
  return runKernel({ name: 'AsmilRepeat', inputs, outputs: 1 })[0] as tf.Tensor1D;
}
