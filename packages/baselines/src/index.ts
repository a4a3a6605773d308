export { abmil } from './abmil.js';
export { acmil } from './acmil.js';
export { clamSb } from './clam-sb.js';
export { demil } from './demil.js';
export { dsmil } from './dsmil.js';
export { dtfdMil } from './dtfd-mil.js';
export { psmil } from './psmil.js';
export { buildModel, modelNames } from './registry.js';
export { rgmil } from './rgmil.js';
