export { abmil } from './abmil.js';
export { demil } from './demil.js';
export { psmil } from './psmil.js';
export { buildModel, modelNames } from './registry.js';
export { rgmil } from './rgmil.js';
