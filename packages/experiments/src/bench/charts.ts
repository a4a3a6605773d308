import type { Chart } from '../reports/charts/theme.js';
import { memory } from './memory-chart.js';
import { ratios } from './ratio-chart.js';
import { slideCharts } from './slide-charts.js';
import { stepTimes } from './step-chart.js';
import { throughput } from './throughput-chart.js';
import type { BenchResults } from './types.js';

/** Every chart that the rows have data for: times, ratios, throughput, memory, and time and memory of many slides. */
export function benchCharts(results: BenchResults): Chart[] {
  const bags = results.rows.length === 0 ? [] : [stepTimes, ratios, throughput, memory].map((draw) => draw(results));
  return [...bags.filter((chart) => chart !== null), ...slideCharts(results)];
}
