export * from './bag.js';
export * from './errors.js';
export * as metrics from './metrics/index.js';
export * from './model.js';
export * from './params.js';
export * from './rng.js';
export * from './train/types.js';
