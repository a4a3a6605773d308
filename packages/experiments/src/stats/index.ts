export * from './describe.js';
export * from './friedman.js';
export * from './holm.js';
export * from './paired.js';
export * from './rank.js';
