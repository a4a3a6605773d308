import { buildModel, modelNames, publishedMacs } from '@asmil/baselines';
import { defaultHidden, type Model } from '@asmil/core';
import { canonicalJson } from '../store/canonical.js';

/**
 * Multiply-accumulates of one prediction by the model's published code, by closed form. The forms are those of default
 * configurations, so null for any other; an anchor changes nothing about a prediction.
 */
export function publishedWork({ name, config, dims }: Model, n: number): number | null {
  if (!modelNames().includes(name)) return null;
  const { anchor: _, ...own } = config;
  const { anchor: __, ...usual } = buildModel(name, {}, dims).config;
  if (canonicalJson(own) !== canonicalJson(usual)) return null;
  return publishedMacs(name, { n, input: dims.input, hidden: defaultHidden(dims.input), classes: dims.classes });
}
