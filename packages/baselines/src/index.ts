export { abmil } from './abmil.js';
export { dsmil } from './dsmil.js';
export { buildModel, modelNames } from './registry.js';
