export * from './asap.js';
export * from './coverage.js';
export * from './mask-file.js';
export * from './raster.js';
export * from './region.js';
export * from './tile-labels.js';
