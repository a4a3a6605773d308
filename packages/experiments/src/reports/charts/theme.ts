import type { Config, TopLevelSpec } from 'vega-lite';
import type { Results } from '../../types.js';
import { capital } from '../format.js';
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

/** Colours of an ordered factor: the hue runs from blue to violet; none is lost on white or on near-black. */
const ORDERED = [
  [59, 111, 212],
  [28, 150, 180],
  [40, 150, 85],
  [150, 145, 25],
  [224, 130, 25],
  [214, 66, 60],
  [168, 72, 172],
] as const;

/** Neighbours in the order differ in their dashes as well, for those who see colours alike. */
const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [7, 3],
  [2, 2],
];

/** Scales of colour and dash over the settings in their order. */
export function orderedScales(labels: readonly string[]) {
  const last = ORDERED.length - 1;
  const colours = labels.map((_, i) => {
    const at = labels.length < 2 ? 0 : (i / (labels.length - 1)) * last;
    const [from, to] = [ORDERED[Math.floor(at)]!, ORDERED[Math.ceil(at)]!];
    const mixed = from.map((value, c) => Math.round(value + (to[c]! - value) * (at % 1)));
    return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
  });
  return {
    colour: { domain: [...labels], range: colours },
    dash: { domain: [...labels], range: labels.map((_, i) => [...DASHES[i % DASHES.length]!]) },
  };
}

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

/** A linear axis that begins near zero; small numbers in powers of ten. */
export function linearAxis(high: number, tickCount: number) {
  return high < 0.0005 ? { tickCount, format: '.1e' } : { tickCount };
}

/** From this many decades on an axis has a tick a decade. */
const WIDE = 2.5;

/** A logarithmic axis: ticks at 1, 2 and 5 of every decade, or at the decades alone of a wide range; one way of writing. */
export function logAxis(low: number, high: number) {
  const values = logTicks(low, high, Math.log10(high / low) > WIDE ? [1] : [1, 2, 5]);
  return { values, format: low < 0.001 ? '.0e' : '~r' };
}

/** Ticks of a logarithmic axis: these steps in every decade between two positive values. */
export function logTicks(low: number, high: number, steps: readonly number[] = [1, 2, 5]): number[] {
  const ticks: number[] = [];
  for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade += 1) {
    for (const step of steps) {
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
  return frameOf(runsText(results), title, alt);
}

/** The same with a subtitle of one's own. */
export function frameOf(subtitle: string, title: string, alt: string): ChartFrame {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: alt,
    background: '#ffffff',
    title: {
      text: wrap(title, 62),
      subtitle: wrap(subtitle, 84),
    },
    config: CONFIG,
  };
}

/** `What, cohort (simulated)`: no title without its cohort. */
export function chartTitle(what: string, results: Results): string {
  return `${capital(what)}: ${cohortTitle(results.cohort)}`;
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
