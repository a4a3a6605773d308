import type { Dims } from '@asmil/core';
import type { Shapes } from './shapes.js';

type Config = Readonly<Record<string, unknown>>;

/** How files of a model's official code relate to the model of this suite. */
export interface Official {
  /** Prefixes of the official names → of the suite's, which are the same but for these. Applied one after the other. */
  readonly prefixes?: Readonly<Record<string, string>>;
  /** Suite prefixes that an export writes with the official one of the same row; without it names stay as they are. */
  readonly exports?: Readonly<Record<string, string>>;
  /** Tensors of official files that are no weights of the model, by the beginning of their official name. */
  readonly leaveOut?: readonly string[];
  /** Parameters that only this suite has: no export holds them, and an import gives them this value. */
  readonly own?: Readonly<Record<string, number>>;
  /** Settings and dimensions that the shapes of a file tell; `config` holds what the user has set. */
  describe(shapes: Shapes, config: Config): { readonly config: Config; readonly dims: Dims };
}

/** A layer of the stem or the reduction in the place of the features as they come. */
const reduced = (shapes: Shapes, name: string): { hidden: number; input: number } => ({
  hidden: shapes.side(name, 0),
  input: shapes.side(name, 1),
});

/** The two forms of the one-layer or two-layer stem of the classic models. */
const stem = (shapes: Shapes): { hidden: number; input: number; layers: 1 | 2 } => ({
  ...reduced(shapes, 'stem.0.weight'),
  layers: shapes.has('stem.2.weight') ? 2 : 1,
});

const REDUCTION = 'dimreduction.fc1.weight';
const GATED = 'attention.attention_V.0.weight';
/** Layer norms that some copies of the reduction register and never call. */
const IDLE_NORM = ['dimreduction.bn.', 'dimreduction.norm1.'];

const abmil: Official = {
  leaveOut: IDLE_NORM,
  describe(shapes) {
    const { hidden, input } = reduced(shapes, REDUCTION);
    const gated = !shapes.has('attention.attention.0.weight');
    const attention = shapes.side(gated ? GATED : 'attention.attention.0.weight', 0);
    const outputs = shapes.side('classifier.fc.weight', 0);
    const one = outputs === 1; // one logit speaks of two classes
    const reductionBias = shapes.has('dimreduction.fc1.bias');
    return {
      config: { hidden, attention, gated, reductionBias, loss: one ? 'sigmoid' : 'ce' },
      dims: { input, classes: one ? 2 : outputs },
    };
  },
};

const acmil: Official = {
  leaveOut: IDLE_NORM,
  describe(shapes) {
    const { hidden, input } = reduced(shapes, REDUCTION);
    const dims = { input, classes: shapes.side('Slide_classifier.fc.weight', 0) };
    if (shapes.has('q')) return { config: { variant: 'mha', hidden, nToken: shapes.side('q', 1) }, dims };
    const nToken = shapes.side('attention.attention_weights.weight', 0);
    return { config: { variant: 'ga', hidden, nToken, attention: shapes.side(GATED, 0) }, dims };
  },
};

const asmil: Official = {
  describe(shapes) {
    if (!shapes.has('feat')) {
      const { hidden, input } = reduced(shapes, REDUCTION);
      const nFeat = shapes.side('q', 1);
      const dims = { input, classes: shapes.side('Slide_classifier.fc.weight', 0) };
      // The default number of dropped tokens has to leave one.
      return { config: { variant: 'release', hidden, nFeat, nDrop: Math.min(4, nFeat - 1) }, dims };
    }
    const [hidden, reduce] = [shapes.side('feat', 1), shapes.has('reduce.weight')];
    const mlpRatio = shapes.side('enc.fc1.weight', 0) / hidden;
    return {
      config: { variant: 'paper', hidden, nFeat: shapes.side('feat', 0), reduce, mlpRatio },
      dims: { input: reduce ? shapes.side('reduce.weight', 1) : hidden, classes: shapes.side('head.weight', 0) },
    };
  },
};

const clamSb: Official = {
  // Training on several devices puts `module` behind the attention's name; the benchmark code has no dropout layer then.
  prefixes: {
    'attention_net.module.': 'attention_net.',
    'attention_net.2.': 'attention_net.3.',
  },
  leaveOut: ['instance_loss_fn.'],
  describe(shapes) {
    const { hidden, input } = reduced(shapes, 'attention_net.0.weight');
    const gated = !shapes.has('attention_net.3.module.0.weight');
    const attention = shapes.side(`attention_net.3.${gated ? 'attention_a' : 'module'}.0.weight`, 0);
    const dropout = !gated && shapes.has('attention_net.3.module.2.weight') ? { dropout: 0 } : {};
    const dims = { input, classes: shapes.side('classifiers.weight', 0) };
    return { config: { hidden, attention, gated, ...dropout }, dims };
  },
};

const dsmil: Official = {
  prefixes: { 'i_classifier.fc.weight': 'i_classifier.fc.0.weight', 'i_classifier.fc.bias': 'i_classifier.fc.0.bias' },
  describe(shapes) {
    const logits = shapes.side('b_classifier.fcc.weight', 0);
    const nonlinear = shapes.has('b_classifier.q.0.weight');
    const query = shapes.side(nonlinear ? 'b_classifier.q.2.weight' : 'b_classifier.q.weight', 0);
    const queryHidden = nonlinear ? { queryHidden: shapes.side('b_classifier.q.0.weight', 0) } : {};
    const single = logits === 1; // one logit speaks of two classes
    // The official code has two layers of queries and sigmoids, the benchmark code one layer and a softmax.
    const loss = nonlinear || single ? 'bce' : 'ce';
    const passingV = shapes.has('b_classifier.v.1.weight');
    return {
      config: { nonlinear, query, ...queryHidden, passingV, loss, outputs: single ? 'single' : 'classes' },
      dims: { input: shapes.side('i_classifier.fc.0.weight', 1), classes: single ? 2 : logits },
    };
  },
};

const aem: Official = {
  leaveOut: IDLE_NORM,
  describe(shapes, settings) {
    const dual = shapes.has('b_classifier.fcc.weight');
    if (!dual && shapes.has('q')) {
      const { hidden, input } = reduced(shapes, REDUCTION);
      const dims = { input, classes: shapes.side('classifier.fc.weight', 0) };
      return { config: { host: 'mha', hostSettings: { hidden } }, dims };
    }
    const { config, dims } = (dual ? dsmil : abmil).describe(shapes, settings);
    return { config: { host: dual ? 'dsmil' : 'abmil', hostSettings: config }, dims };
  },
};

const pooling: Official = {
  describe(shapes) {
    const { hidden, input } = reduced(shapes, REDUCTION);
    const reductionBias = shapes.has('dimreduction.fc1.bias');
    return { config: { hidden, reductionBias }, dims: { input, classes: shapes.side('classifier.fc.weight', 0) } };
  },
};

const dtfdMil: Official = {
  // Official files hold one dictionary a module, under these keys.
  prefixes: { 'dim_reduction.': 'dimReduction.', 'att_classifier.': 'attCls.' },
  exports: { 'dimReduction.': 'dim_reduction.', 'attCls.': 'att_classifier.' },
  leaveOut: ['dim_reduction.norm1.', 'optimizer_adam0.', 'optimizer_adam1.'],
  describe(shapes) {
    const { hidden, input } = reduced(shapes, 'dimReduction.fc1.weight');
    const dims = { input, classes: shapes.side('classifier.fc.weight', 0) };
    return { config: { hidden, attention: shapes.side(GATED, 0) }, dims };
  },
};

const ibmil: Official = {
  leaveOut: IDLE_NORM,
  describe(shapes) {
    const benchmark = shapes.has(REDUCTION);
    const stage = shapes.has('W_q.weight') ? 2 : 1;
    const attention = shapes.side(benchmark ? GATED : 'attention.0.weight', 0);
    const hidden = benchmark ? shapes.side(REDUCTION, 0) : shapes.side('attention.0.weight', 1);
    const classifier = benchmark && stage === 1 ? 'classifier.fc.weight' : 'classifier.weight';
    const outputs = shapes.side(classifier, 0);
    const second = stage === 2 && {
      joint: shapes.side('W_q.weight', 0),
      confounders: shapes.side('confounder_feat', 0),
      ...(shapes.side(classifier, 1) === hidden && { merge: 'add' }),
    };
    const one = outputs === 1 && { oneLogit: true };
    const variant = benchmark ? 'benchmark' : 'official';
    return {
      config: { variant, stage, attention, ...(benchmark && { hidden }), ...second, ...one },
      dims: { input: benchmark ? shapes.side(REDUCTION, 1) : hidden, classes: Math.max(2, outputs) },
    };
  },
};

const mhimMil: Official = {
  describe(shapes) {
    const { hidden, input } = reduced(shapes, 'patch_to_emb.0.weight');
    const conv = 'online_encoder.layer1.attn.res_conv.weight';
    if (shapes.has(conv)) {
      const config = { baseline: 'selfattn', hidden, heads: shapes.side(conv, 0) };
      return { config, dims: { input, classes: shapes.side('predictor.weight', 0) } };
    }
    const instances = 'online_encoder.i_classifier.0.weight';
    if (shapes.has(instances)) {
      const attention = shapes.side('online_encoder.b_classifier.q.0.weight', 0);
      return { config: { baseline: 'dsmil', hidden, attention }, dims: { input, classes: shapes.side(instances, 0) } };
    }
    const attention = shapes.side('online_encoder.attention.attention.0.weight', 0);
    return { config: { hidden, attention }, dims: { input, classes: shapes.side('predictor.weight', 0) } };
  },
};

const hdmil: Official = {
  describe(shapes) {
    const { hidden, input } = reduced(shapes, 'attention_net.0.weight');
    const attention = shapes.side('attention_net.3.attention_a.0.weight', 0);
    const degree = shapes.side('classifiers.0.act_fun.0.cheby_coeffs', 2) - 1;
    const dims = { input, classes: shapes.count('classifiers', '.act_fun.0.cheby_coeffs') };
    return { config: { hidden, attention, degree }, dims };
  },
};

const camil: Official = {
  describe(shapes) {
    const project = shapes.has('project.weight');
    const release = shapes.has('nyst.to_qkv.weight');
    const qkv = release ? 'nyst.to_qkv.weight' : 'nystrom_transformer_layer.att_module.qkv_nn.weight';
    const hidden = shapes.side(qkv, 1);
    const outputs = shapes.side(release ? 'fc.weight' : 'classifier.weight', 0);
    const pool = shapes.side(release ? 'pool.v.weight' : 'camil_att_pool.fc1.weight', 0);
    const conv = 'nyst.res_conv.weight';
    const own = release
      ? {
          heads: hidden / shapes.side(conv, 0),
          kernel: shapes.side(conv, 2),
          query: shapes.side('local.wq.weight', 0),
          gated: shapes.has('pool.u.weight'),
        }
      : { gated: shapes.has('camil_att_pool.fc_gated.weight') };
    const one = outputs === 1; // one logit speaks of two classes
    const variant = release ? 'release' : 'torchmil';
    return {
      config: { variant, project, ...(project && { hidden }), pool, ...own, head: one ? 'sigmoid' : 'softmax' },
      dims: { input: project ? shapes.side('project.weight', 1) : hidden, classes: one ? 2 : outputs },
    };
  },
};

const transmil: Official = {
  describe(shapes) {
    const { hidden, input } = reduced(shapes, '_fc1.0.weight');
    const heads = shapes.side('layer1.attn.res_conv.weight', 0);
    return { config: { hidden, heads }, dims: { input, classes: shapes.side('_fc2.weight', 0) } };
  },
};

/** PSMIL's and DEMIL's official class holds the layers of all its poolings, whichever is used. */
const OTHER_POOLINGS = ['attention.', 'att_layer_V.', 'att_layer_U.', 'tpt.'];

const demil: Official = {
  leaveOut: [...OTHER_POOLINGS, 'fbank'],
  describe(shapes) {
    const classes = shapes.side('linear_V.weight', 0);
    const original = 'feature_extractor_part2.0.weight';
    if (shapes.has(original)) {
      const { hidden, input } = reduced(shapes, original);
      const attention = shapes.side('attention_weights.0.weight', 0);
      return { config: { variant: 'demipl', hidden, attention }, dims: { input, classes } };
    }
    const { input, ...config } = stem(shapes);
    return { config: { variant: 'benchmark', ...config }, dims: { input, classes } };
  },
};

const psmil: Official = {
  prefixes: { fbank: 'prototypes' },
  exports: { prototypes: 'fbank' },
  leaveOut: [...OTHER_POOLINGS, 'linear_V.', 'linear_U.'],
  // A flag of this suite: prototypes that are in a file have been set.
  own: { prototypes_set: 1 },
  describe(shapes) {
    const classes = shapes.side('linear', 1);
    if (!shapes.has('stem.0.weight'))
      return { config: { prototypeRule: 'wsi' }, dims: { input: shapes.side('linear', 0), classes } };
    const { input, ...config } = stem(shapes);
    return { config, dims: { input, classes } };
  },
};

const rgmil: Official = {
  describe(shapes) {
    const { input, ...config } = stem(shapes);
    const binary = shapes.has('linear');
    const classes = binary ? 2 : shapes.count('linears', '') + 1;
    return { config: { variant: binary ? 'binary' : 'one-vs-rest', ...config }, dims: { input, classes } };
  },
};

/** By registry name. */
export const official: Readonly<Record<string, Official>> = {
  abmil,
  acmil,
  aem,
  asmil,
  camil,
  'clam-sb': clamSb,
  demil,
  dsmil,
  'dtfd-mil': dtfdMil,
  hdmil,
  ibmil,
  'max-pooling': pooling,
  'mean-pooling': pooling,
  'mhim-mil': mhimMil,
  psmil,
  rgmil,
  transmil,
};
