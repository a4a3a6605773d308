import { A, type Formula } from './macs-published.js';

/*
 * Closed forms of what the passes of this suite multiply in evaluation, for the models that reach the published numbers by
 * another way than the published code. Conventions as in macs-published.ts.
 */

/** The mean over the branches' attention is taken after the mixing, on K rows. */
const acmil: Formula = ({ n, input, hidden: h, classes: c }, k = 5) =>
  n * (input * h + 2 * h * A + k * A + k * h) + (k + 1) * h * c;

/** Keys and values are folded into H·K queries and mixtures, so that no tile meets a matrix after the reduction. */
const asmil: Formula = ({ n, input, hidden: d, classes }, k = 8, heads = 8, r = 4) => {
  const encoder = 4 * k * d ** 2 + 2 * heads * k * (n + k) * d + 2 * r * k * d ** 2;
  const aggregator = 2 * (k + 1) * d ** 2 + 2 * d ** 2 + 2 * (k + 1) * d + 2 * r * d ** 2;
  return n * input * d + encoder + aggregator + d * classes;
};

/** The critical tiles' queries are folded into C directions. Q = H. */
const dsmil: Formula = ({ n, input, hidden: q, classes: c }) => 3 * n * input * c + 2 * c * input * q + c * c * input;

/** Each of the M pseudo-bags is a row over all tiles, with zeros elsewhere. */
const dtfdMil: Formula = ({ n, input, hidden: h, classes: c }, m = 4) => {
  const rows = Math.min(m, n); // pseudo-bags of a small bag
  const distilled = Math.min(2 * m, 2 * n);
  const first = n * (input * h + 2 * h * A + A + rows * h + h * c) + rows * h * c;
  return first + distilled * (2 * h * A + A + h) + h * c;
};

/** The classifiers' sums are taken element by element. */
const hdmil: Formula = ({ n, input, classes: c }, l = 512, d = 256) => n * (input * l + 2 * l * d + d * c + c * l);

/** The two columns of a regressor are subtracted before they meet the tiles. */
const rgmil: Formula = ({ n, input, hidden: h, classes }) => {
  const k = classes - 1;
  return n * (input * h + h * h + 2 * k * h) + 2 * k * h;
};

/** Iterations of the pseudo-inverse times the four products of one. */
const PRODUCTS = 6 * 4;

/** Nyström attention of L tokens without its convolution: landmarks from means, products in the cheapest order. */
function nystrom(l: number, d: number, m: number, heads: number): number {
  const projections = 3 * l * d ** 2 + 2 * m * d ** 2 + l * d ** 2;
  return projections + 4 * l * m * d + 2 * m ** 2 * d + PRODUCTS * heads * m ** 3;
}

/** The pseudo-inverse of the landmarks' attention among themselves. */
const inverse = (d: number, m: number, heads: number): number => m ** 2 * d + PRODUCTS * heads * m ** 3;

/** A row of it where the inverse is there: a query's landmarks, the landmarks' attention over L tokens. */
function nystromRow(l: number, d: number, m: number, heads: number): number {
  return m * d + heads * m ** 2 + m * l * d + heads * m * l;
}

/** The convolution over the heads is one matrix; of the N × N products only the neighbours' are made, element by element. */
const camil: Formula = ({ n, input, hidden: d, classes }) => {
  const [m, q] = [d / 2, d / 2];
  const l = Math.ceil(n / m) * m;
  const local = 2 * n * d * q + n * d ** 2;
  return n * input * d + nystrom(l, d, m, 8) + l * d ** 2 + local + n * (2 * d * A + A + d) + d * classes;
};

/**
 * One 7 × 7 filter for the three of the position encoding; a convolution along the sequence by blocks of 32; of the second
 * layer the class token alone; and the two maps that come with a prediction, by the inverses that are there.
 */
const transmil: Formula = ({ n, input, hidden: d, classes }) => {
  const [heads, m, block] = [8, d / 2, 32];
  const square = Math.ceil(Math.sqrt(n)) ** 2;
  const l = Math.ceil((square + 1) / m) * m;
  const first = nystrom(l, d, m, heads) + Math.ceil(l / block) * 2 * block ** 2 * d;
  const ahead = Math.min(17, square + 1); // the half of a filter of 33 taps that sees data
  const projections = l * d ** 2 + d ** 2 + 2 * m * d ** 2;
  const classToken =
    projections + inverse(d, m, heads) + nystromRow(l, d, m, heads) + heads * (ahead + l) * d + 2 * d ** 2;
  const maps = nystromRow(l, d, m, heads) + 2 * d ** 2 + heads * d * n;
  return n * input * d + first + 49 * square * d + classToken + maps + d * classes;
};

/** By registry name; the other models multiply what the published code does. */
export const shorter: Readonly<Record<string, Formula>> = {
  acmil,
  asmil,
  camil,
  dsmil,
  'dtfd-mil': dtfdMil,
  hdmil,
  rgmil,
  transmil,
};
