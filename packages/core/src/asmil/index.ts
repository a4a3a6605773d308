import type { Dims, Model } from '../model.js';
import { asmilPaper } from './paper.js';
import { asmilRelease } from './release.js';

export { asmilPaper, drawKept, featureMatchingTerm, temporalTerm } from './paper.js';
export { defaultHidden, paperConfigSchema, parseConfig } from './paper-config.js';
export { asmilRelease, releaseConfigSchema } from './release.js';

/** ASMIL by `variant`: `paper` (default) or `release`. No option of one variant leaks into the other. */
export function asmil(config: Readonly<Record<string, unknown>>, dims: Dims): Model {
  return config.variant === 'release' ? asmilRelease(config, dims) : asmilPaper(config, dims);
}
