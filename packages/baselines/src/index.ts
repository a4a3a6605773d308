export { abmil } from './abmil.js';
export { acmil } from './acmil.js';
export { clamSb } from './clam-sb.js';
export { dsmil } from './dsmil.js';
export { dtfdMil } from './dtfd-mil.js';
export { buildModel, modelNames } from './registry.js';
