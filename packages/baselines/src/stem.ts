import { linearRelu, linearSpecs, type Model, type ParamSpec, type Params, projectInput, tf } from '@asmil/core';
import { z } from 'zod';

/** Settings that the models for the classic benchmarks share. */
export const stemSettings = {
  /** Width of the instance features; by default from the input width. */
  hidden: z.number().int().positive().optional(),
  /** Layers of the stem: the models' own have 2; 1 is the reduction of the other baselines. */
  layers: z.union([z.literal(1), z.literal(2)]).default(2),
};

/** Parameters of the stem: `stem.0` [H, D_in] and, with two layers, `stem.2` [H, H], each with a bias. */
export function stemSpecs(input: number, hidden: number, layers: 1 | 2): ParamSpec[] {
  const first = linearSpecs('stem.0', input, hidden);
  return layers === 1 ? first : [...first, ...linearSpecs('stem.2', hidden, hidden)];
}

/** A classifier [H, C] without bias: inputs first, unlike every other weight, so that its start counts C as fan-in. */
export function regressorSpec(hidden: number, classes: number): ParamSpec {
  return { name: 'linear', shape: [hidden, classes], init: { kind: 'uniform', bound: Math.sqrt(6 / classes) } };
}

/** Instance features relu(W₂ relu(W₁ x + b₁) + b₂), or relu(W₁ x + b₁), no dropout, no normalisation. x: [N, D_in] → [N, H]. */
export function stem(p: Params, x: tf.Tensor2D): tf.Tensor2D {
  const first = projectInput(x, p['stem.0.weight']!, p['stem.0.bias']); // [N, H]
  if (p['stem.2.weight'] === undefined) return first;
  return linearRelu(first, p['stem.2.weight']!, p['stem.2.bias']!);
}

/** What a model with these parameters left at their start says of its steps: no gradient, no decay, no moments. */
export function leavesAlone(names: readonly string[]): Pick<Model, 'reached'> {
  if (names.length === 0) return {};
  return { reached: () => Object.fromEntries(names.map((name) => [name, tf.scalar(0)])) };
}
