import { hasKernels, runKernel, tf } from '../engine/index.js';
import { product } from './ops.js';

/** relu(x Wᵀ + b), with gradients of its own. x: [N, I], w: [O, I], b: [O] → [N, O]. */
export function linearRelu(x: tf.Tensor, w: tf.Tensor, b?: tf.Tensor): tf.Tensor2D {
  return tf.customGrad((...args: unknown[]) => {
    const save = args.pop() as tf.GradSaveFunc;
    const [z, weight, bias] = args as [tf.Tensor, tf.Tensor, tf.Tensor | undefined];
    const linear = product(z, weight, false, true); // [N, O]
    const y = tf.relu(bias ? tf.add(linear, bias) : linear);
    save([z, weight, y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [input, u, out] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const [dz, db] = masked(dy, out, bias !== undefined); // [N, O], [O]
        return [product(dz!, u, false, false), product(dz!, input, true, false), ...(bias ? [db!] : [])];
      },
    };
  })(...(b ? [x, w, b] : [x, w])) as tf.Tensor2D;
}

/** dy where y is positive, and its column sums if they are wanted. */
function masked(dy: tf.Tensor, y: tf.Tensor, sums: boolean): tf.Tensor[] {
  if (hasKernels()) return runKernel({ name: 'AsmilReluBiasGrad', inputs: [dy, y], outputs: 2 });
  const dz = tf.mul(dy, tf.step(y));
  return sums ? [dz, tf.sum(dz, 0)] : [dz];
}
