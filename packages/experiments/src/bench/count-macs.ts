import { tf } from '@asmil/core';

/** Shapes as the tensor library reports them of each kernel it runs. */
export interface KernelShapes {
  readonly name: string;
  readonly inputShapes: readonly (readonly number[] | null)[];
  readonly outputShapes: readonly (readonly number[])[];
}

const PRODUCTS = new Set(['BatchMatMul', '_FusedMatMul']);

/**
 * MACs of one kernel if it is a matrix product, else 0. With [m, k] × [k, n] → [m, n] the common extent is
 * k = √(mk · kn / mn), whichever operand is transposed; any batch axes multiply the output.
 */
export function macsOf({ name, inputShapes, outputShapes }: KernelShapes): number {
  if (!PRODUCTS.has(name)) return 0;
  const [a, b] = inputShapes;
  const [out] = outputShapes;
  if (!a || !b || !out) return 0;
  const size = out.reduce((product, extent) => product * extent, 1);
  if (size === 0) return 0;
  const matrix = (shape: readonly number[]): number => shape.at(-1)! * shape.at(-2)!;
  return size * Math.round(Math.sqrt((matrix(a) * matrix(b)) / matrix(out)));
}

/** Runs `f` operation by operation and adds up the MACs of its matrix products. */
export async function countMacs(f: () => void): Promise<number> {
  const { kernels } = await tf.profile(() => {
    f();
    return tf.scalar(0);
  });
  return (kernels as unknown as KernelShapes[]).reduce((sum, kernel) => sum + macsOf(kernel), 0);
}
