export { localizationFacts } from './facts.js';
export { frocCurves } from './froc-curves.js';
export { localizationReading } from './reading.js';
export { localizationTables } from './tables.js';
