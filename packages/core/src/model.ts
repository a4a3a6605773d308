import type { tf } from './engine/index.js';
import type { ModelWeights, NamedArrays } from './named-array.js';
import type { Rng } from './rng.js';
import type { TrainConfig } from './train/config.js';

/** Named tensors. Names are those of the official PyTorch code (and of the goldens). */
export type Params = Readonly<Record<string, tf.Tensor>>;

/** How a parameter starts. `uniform` is U(−bound, bound), PyTorch's Linear default being bound = 1/√fan_in. */
export type Init =
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'constant'; readonly value: number }
  /** Orthonormal rows (or columns, where there are more rows) of the matrix [first axis, all others]. */
  | { readonly kind: 'orthogonal' }
  /** A copy of the online parameter of this name (anchors and teachers). */
  | { readonly kind: 'copy'; readonly of: string };

/**
 * One parameter. A `*` in the name means a stack of equal layers held in one tensor: `sub.*.q.weight` of shape
 * [K, D, D] stands for K parameters `sub.0.q.weight` … of shape [D, D] wherever parameters are read or written.
 */
export interface ParamSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Init;
}

export interface Dims {
  /** Features per instance D_in. */
  readonly input: number;
  /** Classes C. */
  readonly classes: number;
}

/** Values drawn outside the step and handed to it, so that a step is a pure function of its inputs. */
export interface Draw {
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** What a pass over one bag is given besides parameters and features. */
export interface Context {
  readonly train: boolean;
  /** The tensors made from `Model.draws`; empty in evaluation. */
  readonly draws: Params;
  /** Parameter trees outside the optimised vector (`anchor`, `teacher`); empty in evaluation. */
  readonly trees: Readonly<Record<string, Params>>;
  /** Per-bag memory between visits (`Model.bagState`); empty in evaluation. */
  readonly bagState: Params;
  /** What `Model.bagInputs` derives from the bag beside its features, in training and evaluation. */
  readonly bag: Params;
}

/** What `Model.bagInputs` may read of a bag. */
export interface BagContent {
  readonly n: number;
  readonly coords?: Int32Array;
  /** Row-major [N, D_in]; read from the device when asked for. */
  features(): Float32Array;
}

/**
 * How the shapes of a pass follow the bag size N, so that one compiled graph serves many sizes. Bags of one `family` take
 * the same path through the model's code, with the same operations; every size of theirs is linear, with whole
 * coefficients, in N and the integers `sizes` (the side of a grid, a padded length).
 */
export interface BagShape {
  readonly family: string;
  readonly sizes?: readonly number[];
}

/** A stage before a model's own training: what it starts from is made of another model, trained on the same split. */
export interface Pretraining {
  readonly model: Model;
  /** Where the stage's training differs from the model's own. */
  readonly config?: Partial<TrainConfig>;
  /** Whether `start` reads `bagFeatures`. */
  readonly readsBags: boolean;
  /** Start values by spec name for some parameters and trees; the rest start as their specs say. */
  start(trained: Pretrained, rng: Rng): { readonly params?: NamedArrays; readonly trees?: Record<string, NamedArrays> };
}

/** A trained stage: weights of its selected epoch. */
export interface Pretrained {
  readonly weights: ModelWeights;
  /** Its bag features in evaluation, one row a training bag in the split's order [S, D]; empty unless asked for. */
  readonly bagFeatures: readonly Float32Array[];
}

/** What a forward pass gives. Shapes: N instances, C classes, R rows of attention (1, classes, or heads × tokens). */
export interface Output {
  readonly logits: tf.Tensor2D; // [1, C]
  /** Attention scores before normalisation, [R, N] or [H, K, N]. */
  readonly scores?: tf.Tensor;
  /** Attention weights, a distribution over the last axis. Same shape as `scores`. */
  readonly attention?: tf.Tensor;
  /** The map that dynamics, heat maps and localisation read, [M, N], each row a distribution; M is 1 for most models. */
  readonly map?: tf.Tensor2D;
  readonly bagFeature?: tf.Tensor2D; // [1, D]
  /** What entered the attention block, for an anchor that reads the same input. */
  readonly attentionInput?: Params;
  /** Anything further that goldens or figures read, by name. */
  readonly extra?: Params;
}

/** The training objective of one bag. */
export interface Objective {
  readonly loss: tf.Scalar;
  /** Named parts of the loss before their weights, for the log. */
  readonly terms: Readonly<Record<string, tf.Scalar>>;
  readonly output: Output;
  /** New per-bag memory. */
  readonly bagState?: Params;
  /** What some parameters are after the step, whatever the optimiser makes of them (prototypes, running statistics), by name. */
  readonly assigned?: Params;
  /** Above 0 where this step is not to be taken: parameters, moments and trees stay as they are. The loss must be finite still. */
  readonly skipped?: tf.Scalar;
}

/** What a model must offer for the anchor plug-in. */
export interface AttentionHost {
  /** Names of the parameters that map the block's input to the scores. */
  readonly params: readonly string[];
  /** The scores [R, N] from (other) parameters and the block's input, dropout off. */
  scores(params: Params, input: Params): tf.Tensor;
}

/**
 * A MIL model is data and pure functions. It holds no tensors. All functions may be traced once per bag shape and
 * replayed as a graph: no reads of values, no shapes that depend on values, no constants made per call.
 */
export interface Model {
  /** Registry name, e.g. `abmil`. */
  readonly name: string;
  /** Raised when the same configuration would give other numbers. */
  readonly version: number;
  /** JSON that rebuilds the model through the registry. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly dims: Dims;
  /** Optimised parameters. */
  readonly params: readonly ParamSpec[];
  /** Parameters that the official code creates and never uses; kept for import and export only. */
  readonly unused?: readonly ParamSpec[];
  readonly trees?: Readonly<Record<string, readonly ParamSpec[]>>;
  /** Names and shapes of the per-bag memory for a bag of n instances; starts at zero. */
  bagState?(n: number): Readonly<Record<string, readonly number[]>>;
  /** How shapes follow the bag size where they are not plain multiples of N plus a constant; default: one family, no further sizes. */
  shapes?(n: number): BagShape;
  /**
   * The random draws and scheduled numbers of one training step. Shapes may depend on n only. `progress` is the part of the
   * run that lies behind, in [0, 1).
   */
  draws?(rng: Rng, n: number, progress: number): Readonly<Record<string, Draw>>;
  /** The draws of one evaluation, for models that are random there too; the same bag gets the same draws every time. */
  evaluationDraws?(rng: Rng, n: number): Readonly<Record<string, Draw>>;
  /** Constants of a bag, such as a graph of neighbouring tiles; made once a bag. Shapes may depend on n only. */
  bagInputs?(bag: BagContent): Readonly<Record<string, Draw>>;
  /** Clipping that belongs to the method: the gradients of each group of parameters are scaled to at most this L2 norm. */
  readonly clip?: { readonly norm: number; readonly groups: readonly (readonly string[])[] };
  readonly pretraining?: Pretraining;
  /** x: [N, D_in]. */
  forward(params: Params, x: tf.Tensor2D, ctx: Context): Output;
  /** target: one-hot [1, C]. */
  objective(params: Params, x: tf.Tensor2D, target: tf.Tensor2D, ctx: Context): Objective;
  /**
   * Which parameters the loss of one step reaches, where a code base's optimiser leaves the others alone (PyTorch: without a
   * gradient no decay, no moments, no count of steps). By name, 1 or 0 in a shape that broadcasts to the parameter's; a
   * parameter that is not named is reached. Without this function all are.
   */
  reached?(draws: Params, target: tf.Tensor2D): Params;
  /** New trees from the parameters that the optimiser has just written (EMA); pure. `draws` are the step's, none after an epoch. */
  update?(
    trees: Readonly<Record<string, Params>>,
    params: Params,
    when: 'step' | 'epoch',
    draws: Params,
  ): Readonly<Record<string, Params>> | undefined;
  /** What several rows of the map are: by default parts of one map, which is their mean; or the classes, a row each. */
  readonly mapRows?: 'classes';
  /** The evidence for each class in every tile, [C, N], from the pass's output: an alternative to the map for localisation. */
  tileLogits?(params: Params, output: Output): tf.Tensor2D;
  /** Present if the model has attention that an anchor can watch. */
  readonly host?: AttentionHost;
}
