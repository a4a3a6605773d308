export { abmil } from './abmil.js';
export { buildModel, modelNames } from './registry.js';
