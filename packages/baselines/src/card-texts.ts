/** What a person has to know about a model beside its numbers. */
export interface CardText {
  readonly title: string;
  /** Authors, venue, year. */
  readonly paper: string;
  /** Repository at commit. */
  readonly code: string;
  /** Where the default configuration differs from the official code, and which settings restore it. */
  readonly differs: readonly string[];
  /** The settings that change what is computed. */
  readonly settings: readonly string[];
}

const BENCHMARK = 'dazhangyu123/ACMIL@e53d19c';

/** By registry name. */
export const cardTexts: Readonly<Record<string, CardText>> = {
  abmil: {
    title: 'ABMIL, gated attention pooling',
    paper: 'Ilse, Tomczak, Welling, ICML 2018',
    code: 'AMLab-Amsterdam/AttentionDeepMIL@eb0434b',
    differs: [
      `default: the form of the benchmark code base (${BENCHMARK}), a reduction without bias, C logits, cross entropy`,
      'original: `reductionBias: true`, `loss: "sigmoid"` (one logit), features from a network of its own for images',
    ],
    settings: ['gated', 'reductionBias', 'loss', 'hidden', 'attention'],
  },
  acmil: {
    title: 'ACMIL, attention-challenging MIL',
    paper: 'Zhang, Li, Sun, Zheng, Zhu, Yang, ECCV 2024',
    code: BENCHMARK,
    differs: ['default: the README’s settings (5 branches, 10 masked tiles); the scripts’ own defaults are 1 and 0'],
    settings: ['variant', 'nToken', 'nMaskedPatch', 'maskDrop'],
  },
  aem: {
    title: 'AEM, attention entropy maximisation',
    paper: 'Zhang, Li, Sun, Shui, Li, Zhu, Yang, MICCAI 2025',
    code: 'dazhangyu123/AEM@4a928a8',
    differs: [
      'default: a constant weight, as in both released programs; `schedule: "cosine"` anneals it as the paper says (its formula is not printed)',
    ],
    settings: ['host', 'hostSettings', 'lambda', 'schedule', 'topK', 'keepTiles'],
  },
  asmil: {
    title: 'ASMIL, attention-stabilised MIL',
    paper: 'anonymous, submitted to ICLR 2026',
    code: 'Linfeng-Ye/ASMIL@5d06227',
    differs: [
      'default: as the paper describes it; `variant: "release"` computes what the released code does, anchor included',
      'keys and values of the tiles are folded into the queries and mixtures: equal numbers at a lower cost',
      'the released anchor keeps its random start; `fixEma`, `copyStart`, `sumOverTiles` mend it step by step',
    ],
    settings: ['variant', 'nFeat', 'anchor', 'dropRate', 'emaM', 'beta', 'stabiliser'],
  },
  camil: {
    title: 'CAMIL, context-aware MIL',
    paper: 'Fourkioti, De Vries, Bakal, ICLR 2024',
    code: 'olgarithmics/ICLR_CAMIL@5f8ef57',
    differs: [
      'default: the TensorFlow release behind a reduction of the tiles; `project: false` and `head: "sigmoid"` restore it',
      'only the products with the eight neighbours (the tile among them) are computed, not all N × N',
      '`variant: "torchmil"` is the other public implementation; it reads the same graph of eight neighbours',
    ],
    settings: ['variant', 'project', 'head', 'heads', 'landmarks', 'query', 'pool', 'gated'],
  },
  'clam-sb': {
    title: 'CLAM with one attention branch',
    paper: 'Lu, Williamson, Chen, Chen, Barbieri, Mahmood, Nature Biomedical Engineering 2021',
    code: 'mahmoodlab/CLAM@53e2409',
    differs: [
      'default: the benchmark’s start (Xavier) and bag weight 1, which leaves the instance loss without effect',
      'original: `bagWeight: 0.7`, `init: "uniform"`, `hidden: 512`, `attention: 256`, `instanceLoss: "svm"`',
      'the masks that drop both branches of the gate are drawn as the one mask of their product',
      'bags of fewer than `sampled` tiles use all they have; the official code stops with an error',
      'no CLAM-MB; bags are not drawn with weights by class, an option of the official program',
    ],
    settings: ['bagWeight', 'instanceLoss', 'subtyping', 'gated', 'dropout', 'sampled'],
  },
  demil: {
    title: 'Disambiguation attention (DEMIPL)',
    paper: 'Tang, Zhang, Zhang, NeurIPS 2023',
    code: 'tangw-seu/DEMIPL@5f19ee1',
    differs: [
      'default: the form for whole labels of LMBDA-design/PSAMIL@93b763d; `variant: "demipl"` is the original',
      '`demipl`: the share λ of the remembered label weights falls within an epoch, not from one epoch to the next',
    ],
    settings: ['variant', 'layers', 'trainClassifier', 'sharedGate', 'dropout', 'entropyWeight'],
  },
  dsmil: {
    title: 'DSMIL, dual-stream MIL',
    paper: 'Li, Li, Eliceiri, CVPR 2021',
    code: 'binli123/dsmil-wsi@80465ed',
    differs: [
      `default: the benchmark’s form (${BENCHMARK}), linear queries, cross entropy, mean of both streams`,
      'original: `nonlinear: true`, `query: 128`, `loss: "bce"`, `init: "orthogonal"`',
      'linear queries of the tiles are folded into C directions: equal numbers at a lower cost',
    ],
    settings: ['nonlinear', 'passingV', 'loss', 'outputs', 'diversityTokens', 'keepTiles'],
  },
  'dtfd-mil': {
    title: 'DTFD-MIL, double-tier feature distillation',
    paper: 'Zhang et al., CVPR 2022',
    code: 'hrzhang1123/DTFD-MIL@10964f4',
    differs: [
      'one step on the sum of both tiers’ losses, which gives each tier the gradient of its own official optimiser',
      'tiles are ranked by the log odds of the last class, which order as its probability does and keep their digits',
    ],
    settings: ['distill', 'groups', 'instancesPerGroup', 'evaluationSplits'],
  },
  hdmil: {
    title: 'HDMIL, the dynamic network on tile features',
    paper: 'Dong, Jiang, Jiang, Li, Zhang, CVPR 2025',
    code: 'JiuyangDong/HDMIL@ef3d468',
    differs: [
      'the second stage, a MobileNet that screens low-resolution pixels, is left out: bags hold features alone',
      'bags come once an epoch; the official program draws them with weights by class',
      'the map has one row a class',
    ],
    settings: ['degree', 'maskRatio', 'kSample', 'subtyping', 'tau', 'rateClasses'],
  },
  ibmil: {
    title: 'IBMIL, interventional bag MIL',
    paper: 'Lin et al., CVPR 2023',
    code: 'HHHedo/IBMIL@fc43dac',
    differs: [
      `default: the benchmark’s form (${BENCHMARK}), gated attention over reduced tiles; \`variant: "official"\` has plain attention and BCE`,
      'both stages and the k-means dictionary between them are made by one run, with faiss’s start and rounds in float64',
      'stage 1 of the default is an ABMIL, so that runs of the same seed share it',
    ],
    settings: ['variant', 'stage', 'merge', 'learnable', 'start', 'confounders'],
  },
  'max-pooling': {
    title: 'Maximum over the reduced tiles',
    paper: 'a floor of this suite',
    code: 'none',
    differs: ['ABMIL with its attention taken out'],
    settings: ['reductionBias'],
  },
  'mean-pooling': {
    title: 'Mean over the reduced tiles',
    paper: 'a floor of this suite',
    code: 'none',
    differs: ['ABMIL with its attention taken out'],
    settings: ['reductionBias'],
  },
  'mhim-mil': {
    title: 'MHIM-MIL, masked hard instance mining',
    paper: 'Tang et al., ICCV 2023',
    code: 'DearCaat/MHIM-MIL@5377eb6',
    differs: [
      'default: what the ASMIL script’s command line runs (attention baseline, 10 % of the most attended masked)',
      'a `pure` model is trained first and becomes the teacher; `teacherInit: "copy"` starts from the student instead',
      'its two other baselines are `baseline: "selfattn"` (TransMIL’s encoder) and `baseline: "dsmil"`; the latter predicts by the mean of both logits',
    ],
    settings: ['variant', 'baseline', 'maskRatioH', 'maskRatioHr', 'clAlpha', 'mm', 'teacherInit', 'studentInit'],
  },
  psmil: {
    title: 'PSMIL, attention in the space of class probabilities',
    paper: 'Du et al., ICLR 2025',
    code: 'LMBDA-design/PSAMIL@93b763d',
    differs: [
      'default: prototypes move as the paper says; `prototypeRule: "release-benchmark"` is what the released program executes',
      'evaluation leaves the prototypes alone; the released program moves them with the test bags’ labels',
      'without the alignment objective (PSAMIL), which needs augmented views of images',
    ],
    settings: ['prototypeRule', 'features', 'momentum', 'layers', 'trainClassifier'],
  },
  rgmil: {
    title: 'RGMIL, regressor-guided pooling',
    paper: 'Du et al., NeurIPS 2023',
    code: 'LMBDA-design/RGMIL@f7869d3',
    differs: [
      'default: the regressor is trained; the released binary program on a GPU, and the one for more classes, leave it at its start (`trainRegressor: false`)',
      'the map keeps one row for every class but the background',
    ],
    settings: ['variant', 'layers', 'trainRegressor'],
  },
  transmil: {
    title: 'TransMIL, a Transformer with Nyström attention',
    paper: 'Shao, Bian, Chen, Wang, Zhang, Ji et al., NeurIPS 2021',
    code: 'szc19990412/TransMIL@9d6aee5',
    differs: [
      'tokens stay in their places, as with nystrom-attention 0.0.10 and later; version 0.0.9 shifts them by the padding',
      'of the second layer only the class token’s row is computed: equal numbers at a lower cost',
      'trained as the other models are (Adam or AdamW, cosine), not with Lookahead around RAdam, half precision and early stopping',
    ],
    settings: ['hidden', 'heads', 'landmarks', 'iterations', 'dropout'],
  },
};
