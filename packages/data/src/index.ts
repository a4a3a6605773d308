export * from './registry.js';
export * from './slide-cohort.js';
export * from './splits.js';
