import { capital, count, fixed, listing, meanStd } from './format.js';
import type { Metric } from './metrics.js';
import { bestCells, beyondNoise, metricOf, type Summary } from './summary.js';
import { isSeveral, settingName, sourceName } from './wording.js';

/**
 * What a figure or an argument of the paper says, beside what is found here. Rule: a span agrees if every setting with the
 * highest mean lies in it, and if some setting outside it differs from the reference beyond noise; without such a
 * difference the highest mean is no finding either way.
 */
export function claimReading(summary: Summary): string[] {
  const { claim } = summary.experiment.paper;
  if (!claim) return [];
  const said = `${capital(sourceName(summary.experiment.paper))} of the paper ${isSeveral(summary.experiment.paper.number) ? 'print no numbers; they say' : 'prints no numbers; it says'}: ${claim.text}.`;
  if (!claim.best) return [said];
  return [said, ...summary.metrics.flatMap((metric) => spanText(summary, metric, claim.best!) ?? [])];
}

function spanText(summary: Summary, metric: Metric, span: { from: number; to: number }): string | null {
  const { factor } = summary.experiment;
  const best = bestCells(summary, (cell) => metricOf(cell, metric).mean);
  if (best.length === 0) return null;
  const factorOf = (factors: Readonly<Record<string, string | number>>): number => Number(factors[factor.name]);
  const inside = best.filter(({ factors }) => factorOf(factors) >= span.from && factorOf(factors) <= span.to);
  const where = `${factor.label} from ${span.from} to ${span.to}`;
  const names = listing(best.map((cell) => `${settingName(summary, cell)} (${meanStd(metricOf(cell, metric))})`));
  const told = beyondNoise(summary, metric).length;
  let verdict = `${inside.length} of them lie in the paper’s span (${where})`;
  if (inside.length === best.length) verdict = `in the paper’s span (${where})`;
  else if (inside.length === 0) verdict = `outside the paper’s span (${where})`;
  const noise =
    told === 0
      ? 'No setting differs from the reference beyond noise, so this is no finding for or against the paper.'
      : `${count(told, 'setting')} differ from the reference beyond noise.`;
  const level = spread(summary, metric);
  return `Highest mean ${metric.label}: ${names}, ${verdict}. ${level} ${noise}`;
}

/** How far apart the means lie over all settings. */
function spread(summary: Summary, metric: Metric): string {
  const means = summary.cells.flatMap((cell) => metricOf(cell, metric).mean ?? []);
  return `All means lie between ${fixed(Math.min(...means))} and ${fixed(Math.max(...means))}.`;
}
