export { abmil } from './abmil.js';
export { acmil } from './acmil.js';
export { dtfdMil } from './dtfd-mil.js';
export { buildModel, modelNames } from './registry.js';
