export { abmil } from './abmil.js';
export { camil } from './camil.js';
export { neighbourGraph } from './neighbours.js';
export * from './nystrom.js';
export { pseudoInverse } from './pseudo-inverse.js';
export { buildModel, modelNames } from './registry.js';
export { transmil } from './transmil.js';
