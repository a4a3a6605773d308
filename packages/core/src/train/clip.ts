import { tf } from '../engine/index.js';
import type { Model } from '../model.js';

type Gradients = Readonly<Record<string, tf.Tensor | undefined>>;

/** The gradients with each group of `model.clip` scaled by min(1, norm/(‖g‖₂ + 1e-6)), PyTorch's rule. */
export function clipGroups(model: Model, grads: Gradients): Gradients {
  if (!model.clip) return grads;
  const out: Record<string, tf.Tensor | undefined> = { ...grads };
  for (const names of model.clip.groups) {
    const squares = names.flatMap((name) => (grads[name] ? [tf.sum(tf.square(grads[name]))] : []));
    if (squares.length === 0) continue;
    const norm = tf.sqrt(tf.addN(squares)); // []
    const scale = tf.minimum(tf.div(model.clip.norm, tf.add(norm, 1e-6)), 1); // []
    for (const name of names) if (grads[name]) out[name] = tf.mul(grads[name], scale);
  }
  return out;
}
