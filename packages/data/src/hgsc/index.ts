export { BAG_RULES, type BagCohort, type WindowBag } from './bags.js';
export { type HgscOptions, hgscEntries, openHgsc } from './cohorts.js';
export { FEATURE_NAMES as HGSC_FEATURE_NAMES } from './features.js';
export { NEIGHBOURHOOD_NAMES as HGSC_NEIGHBOURHOOD_NAMES } from './neighbourhood.js';
export { HGSC_CREDIT, HGSC_RECIPE } from './source.js';
export { loadTissueMap, type TissueMap } from './tissue-map.js';
