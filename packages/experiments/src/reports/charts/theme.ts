import type { Config, TopLevelSpec } from 'vega-lite';
import type { Results } from '../../types.js';
import { cohortTitle, runsText } from '../wording.js';

/** One chart: a Vega-Lite spec with its data inside, and the words that go with it. */
export interface Chart {
  /** Part of the file names. */
  readonly id: string;
  readonly title: string;
  /** What the chart shows, for those who do not see it. */
  readonly alt: string;
  /** How to read it. */
  readonly caption: string;
  readonly spec: TopLevelSpec;
}

/** Inner width of every single panel, pixels: with axes a chart stays readable on a telephone. */
export const WIDTH = 540;

/** Okabe and Ito's colours, told apart with every kind of colour vision; all readable on white and on near-black. */
export const OURS = '#0072b2';
export const PAPER_COLOURS = ['#d55e00', '#b0588f', '#009e73', '#c08a00'] as const;
export const PAPER_SHAPES = ['diamond', 'triangle-up', 'square', 'triangle-down'] as const;
export const TEST_COLOUR = '#0072b2';
export const VALIDATION_COLOUR = '#d55e00';
export const GREY = '#808080';

/** Colours of an ordered factor: lightness rises with the order; neither end is lost on white or on near-black. */
export const ORDERED_SCHEME = { name: 'viridis', extent: [0.2, 0.85] };

const FONT = 'Helvetica, Arial, sans-serif';

export const CONFIG: Config = {
  font: FONT,
  background: '#ffffff',
  padding: 8,
  view: { stroke: '#cccccc' },
  title: { fontSize: 15, fontWeight: 600, anchor: 'start', offset: 10, subtitleFontSize: 12, subtitleColor: '#555555' },
  axis: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 500,
    titlePadding: 8,
    gridColor: '#e6e6e6',
    domainColor: '#888888',
    tickColor: '#888888',
  },
  legend: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500, labelLimit: 260, symbolSize: 90 },
  header: { labelFontSize: 12, titleFontSize: 12, labelFontWeight: 600, labelLimit: 200 },
};

/** Legend above the panels: opaque marks even where the first layer is faint. */
export const LEGEND_ABOVE = { title: null, orient: 'top' as const, columns: 3, symbolOpacity: 1 };

/** Invisible marks that catch the pointer, so that a tooltip names the point of a line and not its start. */
export const POINTER_TARGET = { type: 'point' as const, filled: true, size: 70, opacity: 0, aria: false };

/** From this ratio of largest to smallest on, a linear axis hides the small values. */
const LOG_FROM = 30;

/** Whether values belong on a logarithmic axis: all above zero and spread over more than a decade and a half. */
export function needsLog(values: readonly number[]): boolean {
  const smallest = Math.min(...values);
  return smallest > 0 && Math.max(...values) / smallest > LOG_FROM;
}

/** Ticks of a logarithmic axis at 1, 2 and 5 of every decade inside the range. */
export function logTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade += 1) {
    for (const step of [1, 2, 5]) {
      const tick = Number(`${step}e${decade}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** The keys that every spec begins with. */
export interface ChartFrame {
  readonly $schema: string;
  readonly description: string;
  readonly background: string;
  readonly title: { readonly text: string[]; readonly subtitle: string[] };
  readonly config: Config;
}

export function frame(results: Results, title: string, alt: string): ChartFrame {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: alt,
    background: '#ffffff',
    title: {
      text: wrap(title, 62),
      subtitle: wrap(runsText(results), 84),
    },
    config: CONFIG,
  };
}

/** `What, cohort (simulated)`: no title without its cohort. */
export function chartTitle(what: string, results: Results): string {
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${cohortTitle(results.cohort)}`;
}

/** Breaks a text at spaces; a longer word stands on its own line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/[ \t\r\n]+/)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Axis of settings: upright where the labels fit side by side, slanted otherwise. */
export function settingAxis(labels: readonly string[], title: string) {
  const longest = Math.max(1, ...labels.map((label) => label.length));
  const fits = longest * 7 < WIDTH / labels.length - 6;
  return { title, labelAngle: fits ? 0 : -35, labelOverlap: false, labelLimit: 180, ticks: false };
}
