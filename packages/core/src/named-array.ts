/** One array outside the tensor engine: row-major float32 values of a shape. A scalar has shape []. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Arrays by parameter name: what initialisation makes, checkpoints hold and tensors are made from. */
export type NamedArrays = Readonly<Record<string, NamedArray>>;

/** A model's parameters, and its trees (`anchor`), as arrays by spec name. */
export interface ModelWeights {
  readonly params: NamedArrays;
  readonly trees: Readonly<Record<string, NamedArrays>>;
}
