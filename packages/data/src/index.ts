export * from './cohorts.js';
export { type MnistBagsOptions, mnistBags } from './mnist/bags.js';
export { mnistSlides } from './mnist/slides.js';
export * from './outline.js';
export * from './registry.js';
export * from './slide-cohort.js';
export * from './splits.js';
export * from './summary.js';
