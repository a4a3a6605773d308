export { abmil } from './abmil.js';
export { acmil } from './acmil.js';
export { buildModel, modelNames } from './registry.js';
