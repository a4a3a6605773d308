export { abmil } from './abmil.js';
export { clamSb } from './clam-sb.js';
export { dsmil } from './dsmil.js';
export { buildModel, modelNames } from './registry.js';
