export * from './bag.js';
export * from './cache.js';
export * from './errors.js';
export * from './model.js';
export * from './rng.js';
export * from './train/types.js';
