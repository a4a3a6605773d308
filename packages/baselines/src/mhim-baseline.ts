import type { AttentionHost, BagShape, Objective, Output, ParamSpec, Params, tf } from '@asmil/core';

/** A network that MHIM-MIL trains, after the reduction of the tiles to L channels and their dropout. */
export interface MhimBaseline {
  /** Without the reduction. */
  readonly params: readonly ParamSpec[];
  /** Names of the dropout seeds of one pass, beside that of the tiles. */
  readonly drops: readonly string[];
  /** Whether several rows of the teacher's attention vote on the tiles that are masked. */
  readonly votes: boolean;
  shapes?(n: number): BagShape;
  /** tiles: [N, L], keep: 1 or 0 a tile [1, N]; all tiles without. */
  encode(p: Params, tiles: tf.Tensor2D, pass: MhimPass): Encoded;
  supervised(output: Output, target: tf.Tensor2D): Objective;
  readonly host?: AttentionHost;
}

export interface MhimPass {
  readonly train: boolean;
  readonly keep?: tf.Tensor;
  /** By the names of `drops`. */
  readonly drops: Params;
}

export interface Encoded extends Output {
  /** Whose channels student and teacher agree on, [R, L]. */
  readonly bagFeature: tf.Tensor2D;
  /** What masks tiles if this is the teacher, [1, N] or, with votes, [h, N]. */
  readonly guide: tf.Tensor;
}
