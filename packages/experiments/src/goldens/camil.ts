import { buildModel, neighbourGraph } from '@asmil/baselines';
import { type Draw, nsf, type Output, tf } from '@asmil/core';
import type { Checker } from './checker.js';
import { type Pairs, pairTrees } from './compare.js';
import { arrayOf, type Describe, onlyRandomness, readConfig } from './model-case.js';
import { modelChecker } from './model-golden.js';
import { type Golden, type GoldenTensor, isTensor, numbersOf } from './schema.js';

const SETTINGS = ['variant', 'project', 'heads', 'landmarks', 'iterations', 'query', 'pool', 'kernel', 'head', 'gated'];
const RENAMED = {
  num_landmarks: 'landmarks',
  pinv_iterations: 'iterations',
  d_qk: 'query',
  d_pool: 'pool',
  residual_conv_kernel: 'kernel',
};

const camil: Describe = (golden) => {
  const { N, dim, dim_head, outputs, k_used, front_padding, dropout, ln_eps, heads, ...config } = golden.config;
  onlyRandomness(golden, []);
  if (dropout) throw new Error(`config: dropout ${dropout}, expected 0`);
  if (dim_head !== undefined && dim_head !== (dim as number) / (heads as number))
    throw new Error(`config: dim_head ${dim_head}, expected ${dim} / ${heads}`);
  const torchmil = config.variant === 'torchmil';
  const gated = Object.keys(golden.params).some((name) => /fc_gated|pool\.u/.test(name));
  const own = { ...config, N, heads, D_in: dim, C: outputs, mode: 'eval', project: false, gated };
  const { dims, train, settings } = readConfig({ ...golden, config: own }, SETTINGS, RENAMED);
  const model = buildModel('camil', settings, dims);
  const column = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [-1]);
  return {
    // The file's graph; bags of other sizes, which a compiled step is traced with, have their own.
    model: { ...model, bagInputs: (bag) => (bag.n === N ? graphOf(golden) : model.bagInputs!(bag)) },
    train,
    draws: [],
    terms: torchmil ? { bce: 'ce' } : undefined,
    further: (_, output: Output): Record<string, tf.Tensor> => {
      const extra = output.extra!;
      return {
        scores_local: extra.local!,
        attention_local: extra.localAttention!,
        attention_raw: column(output.scores!),
        attention: column(output.attention!),
        attention_nsf: column(nsf(output.scores!)),
        ...(torchmil ? { nystrom_layer_out: extra.tokens! } : { nystrom_out: extra.global!, fused: extra.fused! }),
      };
    },
  };
};

function graphOf({ inputs }: Golden): Record<string, Draw> {
  const index = inputs.neighbor_index;
  const weight = arrayOf(inputs.neighbor_weight);
  return {
    neighbours: { shape: weight.shape, values: Int32Array.from(numbersOf(index)) },
    weights: { shape: weight.shape, values: weight.data },
  };
}

/** The graph of the file's coordinates and features, under the file's names. */
function graphPairs(golden: Golden, want: Readonly<Record<string, unknown>>): Pairs {
  const x = arrayOf(golden.inputs.x);
  const n = x.shape[0]!;
  const { count, index, weight, stored } = neighbourGraph(numbersOf(golden.inputs.coords), x.data);
  const rows = (columns: number, data: ArrayLike<number>) => ({ shape: [n, columns], data });
  const got = {
    neighbor_index: rows(count, index),
    neighbor_weight: rows(count, weight),
    stored_index: rows(stored.count, stored.index),
    cosine_distance: rows(stored.count, stored.distance),
  };
  return pairTrees(want, got);
}

/** One bag's vectors as rows, as the suite has them. */
function asRows(golden: Golden): Golden {
  const outputs = Object.fromEntries(
    Object.entries(golden.outputs).map(([name, value]) =>
      ['logits', 'probs', 'bag_feature'].includes(name) && isTensor(value) && value.shape.length === 1
        ? [name, { ...value, shape: [1, ...value.shape] } satisfies GoldenTensor]
        : [name, value],
    ),
  );
  return { ...golden, outputs };
}

/** Without the gradients of a layer that nothing reads, which are 0 in the files. */
function withoutUnused(golden: Golden): Golden {
  const entries = Object.entries(golden.grads);
  const unused = (name: string): boolean => name.startsWith('nystrom_transformer_layer.norm2.');
  for (const [name, value] of entries) {
    if (unused(name) && numbersOf(value).some((v) => v !== 0)) throw new Error(`grads.${name}: expected zeros`);
  }
  return { ...golden, grads: Object.fromEntries(entries.filter(([name]) => !unused(name))) };
}

const model = modelChecker(camil);

/** A file holds the graph alone, or a pass over a given graph, which is made again where there are coordinates. */
const checker: Checker = async (golden, context) => {
  if (golden.inputs.label === undefined) return graphPairs(golden, golden.outputs);
  const { neighbor_index, neighbor_weight } = golden.inputs;
  const graph =
    golden.inputs.coords === undefined ? new Map() : graphPairs(golden, { neighbor_index, neighbor_weight });
  return new Map([...graph, ...(await model(withoutUnused(asRows(golden)), context))]);
};

export const camilCheckers: Readonly<Record<string, Checker>> = { camil: checker };
