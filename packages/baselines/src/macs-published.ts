/*
 * Multiply-accumulates of one bag in evaluation by closed form: matrix products and convolutions alone, neither element-wise
 * products nor norms. One printed FLOP of the papers is one of them. The sizes beside N, D, H and C are the defaults.
 */

export interface Sizes {
  /** Instances N. */
  readonly n: number;
  /** Input width D_in. */
  readonly input: number;
  /** Inner width H; `defaultHidden(input)` in a default configuration. */
  readonly hidden: number;
  readonly classes: number;
}

export type Formula = (sizes: Sizes) => number;

/** Width A of the attention's hidden layer in every model's default. */
export const A = 128;

/** Gated attention on reduced tiles: reduction, both branches, score, mixing. */
const gatedPooling = ({ n, input, hidden: h }: Sizes): number => n * (input * h + 2 * h * A + A + h);

const abmil: Formula = (s) => gatedPooling(s) + s.hidden * s.classes;

/** K branches of gated attention with a classifier each, and the bag's own mixing and classifier. */
const acmil: Formula = ({ n, input, hidden: h, classes: c }, k = 5) =>
  n * (input * h + 2 * h * A + k * A + k * h + h) + (k + 1) * h * c;

/** K FEAT rows over N + K keys, the class row of the aggregator, MLP ratio r. */
const asmil: Formula = ({ n, input, hidden: d, classes }, k = 8, r = 4) => {
  const encoder = 2 * (n + k) * d ** 2 + 2 * k * d ** 2 + 2 * k * (n + k) * d + 2 * r * k * d ** 2;
  const aggregator = 2 * (k + 1) * d ** 2 + 2 * d ** 2 + 2 * (k + 1) * d + 2 * r * d ** 2;
  return n * input * d + encoder + aggregator + d * classes;
};

/** Queries of all tiles and, once more, of the C critical ones. Q = H. */
const dsmil: Formula = ({ n, input, hidden: q, classes: c }) =>
  n * (input * c + input * q + q * c + c * input) + c * input * q + c * c * input;

/** Tier 2 sees R = 2M tiles, M = 4. */
const dtfdMil: Formula = (s, m = 4) => {
  const { n, hidden: h, classes: c } = s;
  const second = 2 * m * (2 * h * A + A + h);
  return gatedPooling(s) + n * h * c + second + c * (m + 1) * h;
};

/** The second stage: K confounders compared in a space of width J. */
const ibmil: Formula = (s, k = 8, j = 128) => {
  const { hidden: h, classes: c } = s;
  return gatedPooling(s) + h * j + k * h * j + k * j + k * h + 2 * c * h;
};

const mhimMil: Formula = ({ n, input, hidden: h, classes: c }) => n * (input * h + A * h + A + h) + c * h;

/** Two layers and the prototypes' C columns. */
const psmil: Formula = ({ n, input, hidden: h, classes: c }) => n * (input * h + h * h + h * c + c + h) + h * c;

const demil: Formula = ({ n, input, hidden: h, classes: c }) => n * (input * h + h * h + 2 * c * h + c + h) + h * c;

/** K = C − 1 regressors of two columns. */
const rgmil: Formula = ({ n, input, hidden: h, classes }) => {
  const k = classes - 1;
  return n * (input * h + h * h + 3 * k * h) + 2 * k * h;
};

const maxPooling: Formula = ({ n, input, hidden: h, classes: c }) => n * input * h + h * c;
const meanPooling: Formula = (s) => maxPooling(s) + s.n * s.hidden;

/** One gated map a class, Chebyshev polynomials of degree 12; widths 512 and 256 whatever the input. */
const hdmil: Formula = ({ n, input, classes: c }) => {
  const [l, d, orders] = [512, 256, 13];
  return n * (input * l + 2 * l * d + d * c + c * l) + c * l * orders;
};

/** One layer of Nyström attention (h = 8 heads, m = D/2 landmarks, nominal convolution), N × N products, gated pooling. */
const camil: Formula = ({ n, input, hidden: d, classes }) => {
  const [h, m, q] = [8, d / 2, d / 2];
  const l = Math.ceil(n / m) * m;
  const nystrom =
    4 * l * d ** 2 + 4 * l * m * d + m ** 2 * d + 24 * h * m ** 3 + h * l * m ** 2 + (33 * l * d * d) / h / h;
  const local = 2 * n * d * q + n * n * q + n * d ** 2;
  return n * input * d + nystrom + local + n * (2 * d * A + A + d) + d * classes;
};

/** Two layers of Nyström attention over s² + 1 tokens in L places, m = D/2 landmarks, 6 iterations of the pseudo-inverse. */
const transmil: Formula = ({ n, input, hidden: d, classes }) => {
  const m = d / 2;
  const square = Math.ceil(Math.sqrt(n)) ** 2;
  const l = Math.ceil((square + 1) / m) * m;
  const layer = 4 * l * d ** 2 + 4 * l * m * d + m ** 2 * d + 192 * m ** 3 + 8 * l * m ** 2 + 33 * l * d;
  return n * input * d + 2 * layer + 83 * square * d + d * classes;
};

/** By registry name: what a model's published code (ASMIL: the paper) multiplies in the form of the default configuration. */
export const published: Readonly<Record<string, Formula>> = {
  abmil,
  acmil,
  aem: abmil,
  asmil,
  camil,
  'clam-sb': abmil,
  demil,
  dsmil,
  'dtfd-mil': dtfdMil,
  hdmil,
  ibmil,
  'max-pooling': maxPooling,
  'mean-pooling': meanPooling,
  'mhim-mil': mhimMil,
  psmil,
  rgmil,
  transmil,
};
