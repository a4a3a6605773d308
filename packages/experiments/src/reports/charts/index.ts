import type { Summary } from '../summary.js';
import { attentionDynamics } from './attention-dynamics.js';
import { AUC_CURVE, CROSS_ENTROPY_CURVE, epochCurves, F1_CURVE } from './epoch-curves.js';
import { errorBars } from './error-bars.js';
import { pairedDifferences } from './paired-differences.js';
import { seriesCurves } from './series-curves.js';
import { stabilityVsConcentration } from './stability.js';
import type { Chart } from './theme.js';

export { attentionDynamics } from './attention-dynamics.js';
export { AUC_CURVE, CROSS_ENTROPY_CURVE, type CurveScore, epochCurves, F1_CURVE } from './epoch-curves.js';
export { errorBars } from './error-bars.js';
export { pairedDifferences } from './paired-differences.js';
export { renderPng, renderSvg } from './render.js';
export { stabilityVsConcentration } from './stability.js';
export type { Chart } from './theme.js';

/** Every chart that the results have data for, in reading order. */
export function chartsOf(summary: Summary): Chart[] {
  return [
    seriesCurves(summary) ?? errorBars(summary),
    pairedDifferences(summary),
    stabilityVsConcentration(summary),
    attentionDynamics(summary),
    epochCurves(summary, F1_CURVE),
    epochCurves(summary, AUC_CURVE),
    epochCurves(summary, CROSS_ENTROPY_CURVE),
  ].filter((chart) => chart !== null);
}
