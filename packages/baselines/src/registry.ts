import { type AnchorOptions, asmil, type Dims, type Model, UserError, withAnchor } from '@asmil/core';
import { closest, distance } from 'fastest-levenshtein';
import { abmil } from './abmil.js';
import { acmil } from './acmil.js';
import { aem } from './aem.js';
import { camil } from './camil.js';
import { clamSb } from './clam-sb.js';
import { demil } from './demil.js';
import { dsmil } from './dsmil.js';
import { dtfdMil } from './dtfd-mil.js';
import { hdmil } from './hdmil.js';
import { ibmil } from './ibmil.js';
import { mhimMil } from './mhim-mil.js';
import { maxPooling, meanPooling } from './pooling.js';
import { psmil } from './psmil.js';
import { rgmil } from './rgmil.js';
import { transmil } from './transmil.js';

type Build = (config: Readonly<Record<string, unknown>>, dims: Dims) => Model;

/** Every model that a command can name. A new model is one file and one line here. */
const models: Readonly<Record<string, Build>> = {
  abmil,
  acmil,
  aem,
  asmil,
  camil,
  'clam-sb': clamSb,
  demil,
  dsmil,
  'dtfd-mil': dtfdMil,
  ibmil,
  hdmil,
  'max-pooling': maxPooling,
  'mean-pooling': meanPooling,
  'mhim-mil': mhimMil,
  psmil,
  rgmil,
  transmil,
};

export function modelNames(): string[] {
  return Object.keys(models).sort();
}

/**
 * Builds a model by name. `config.anchor`, for a model of the registry that takes the plug-in, wraps it with `withAnchor`,
 * so the configuration that a model carries rebuilds it, anchor included.
 * Throws `UserError` (exit code 2) for an unknown name or setting.
 */
export function buildModel(name: string, config: Readonly<Record<string, unknown>>, dims: Dims): Model {
  const build = models[name];
  if (!build) {
    const near = closest(name, modelNames());
    const hint = distance(name, near) <= 3 ? `did you mean "${near}"? ` : '';
    throw new UserError(`unknown model "${name}": ${hint}known are ${modelNames().join(', ')}`, 2);
  }
  if (name === 'asmil' || config.anchor === undefined) return build(config, dims);
  const { anchor, ...own } = config;
  return withAnchor(build(own, dims), anchor as AnchorOptions);
}
