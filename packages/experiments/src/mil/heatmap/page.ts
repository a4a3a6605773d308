import { metrics } from '@asmil/core';
import { escapeHtml, jsonForScript, scriptForInline } from '../../reports/escape.js';
import { htmlFrame, tableHtml } from '../../reports/page-html.js';
import type { ReportTable } from '../../reports/tables.js';
import { extentOf, type HeatSlide } from './heat.js';

/** What a page says beside the map. */
export interface HeatPage {
  readonly slide: HeatSlide;
  /** [N], 0 to 1. */
  readonly heat: ArrayLike<number>;
  /** `rank among the tiles`, for the legend. */
  readonly scaleName: string;
  readonly model: string;
  readonly classes: readonly string[];
  readonly probabilities: readonly number[];
  /** Sources of Vega, Vega-Lite and Vega-Embed. */
  readonly scripts: readonly string[];
}

const WIDTH = 860;

/**
 * One page that works without a network: the map with attention under the pointer, a threshold to fade the tiles below
 * it, the prediction, and how concentrated attention is.
 */
export function heatPage(page: HeatPage): string {
  const { slide, model, classes, probabilities, scripts } = page;
  const n = slide.attention.length;
  const body = [
    `<header><h1>Attention: ${escapeHtml(slide.id)}</h1>`,
    slide.simulated
      ? '<p class="source"><span class="badge">Simulated slide</span>nothing of it comes from a patient</p>'
      : '',
    `<p class="lead">What ${escapeHtml(model)} attends to among ${n.toLocaleString('en')} tiles. Attention shows where the model looks; it is no proof of what is there.</p></header>`,
    '<div id="map"></div>',
    `<section><h2>Prediction</h2>${tableHtml(predictionTable(classes, probabilities))}</section>`,
    `<section><h2>Concentration</h2><p>${escapeHtml(concentration(slide.attention))}</p></section>`,
  ];
  return htmlFrame({
    title: `Attention: ${slide.id}`,
    body,
    style:
      '.groups { display: none; } #map { overflow: auto; } #map form { font-size: .9rem; margin: 8px 0; } #map input { vertical-align: middle; }',
    scripts: [
      `<script type="application/json" id="spec">${jsonForScript(spec(page))}</script>`,
      ...scripts.map((source) => `<script>${scriptForInline(source)}</script>`),
      "<script>vegaEmbed('#map', JSON.parse(document.getElementById('spec').textContent), { renderer: 'canvas', actions: { export: true, source: false, compiled: false, editor: false } });</script>",
    ],
  });
}

function predictionTable(classes: readonly string[], probabilities: readonly number[]): ReportTable {
  return {
    title: 'Probability of each class',
    columns: [
      { group: '', label: 'class', text: true },
      { group: '', label: 'probability' },
    ],
    rows: classes.map((name, c) => ({
      reference: false,
      cells: [
        { text: name, sort: name },
        {
          text: probabilities[c]!.toFixed(3),
          sort: probabilities[c]!,
          best: probabilities[c] === Math.max(...probabilities),
        },
      ],
    })),
    notes: [],
  };
}

/** Largest weight × N, entropy, and how many tiles hold half of the attention, in a sentence. */
function concentration(attention: Float32Array): string {
  const n = attention.length;
  const { peak, entropy, halfMass } = metrics.bagAttention({ rows: 1, n, values: attention });
  const flat = entropy === null ? '' : `, entropy / ln N ${entropy.toFixed(4)} (1: flat)`;
  const tiles = Math.round(halfMass * n).toLocaleString('en');
  return `Largest weight × N ${peak.toPrecision(3)} (1: flat)${flat}; ${tiles} of ${n.toLocaleString('en')} tiles hold half of the attention.`;
}

function spec({ slide, heat, scaleName }: HeatPage): object {
  const { places, side, unit, attention } = slide;
  const { left, top, width, height } = extentOf(slide);
  const n = attention.length;
  const shown = Math.max(60, Math.min(1400, Math.round((WIDTH * height) / width)));
  const values = Array.from({ length: n }, (_, i) => ({
    ...{ x: places[2 * i]!, y: places[2 * i + 1]! },
    ...{ w: Number((attention[i]! * n).toPrecision(4)), h: Number(heat[i]!.toFixed(4)) },
  }));
  const axis = {
    ...{ grid: false, title: `${unit}s`, titleColor: '#888888', titleFontWeight: 'normal' },
    ...{ format: '~s', tickCount: 8, labelFlush: true },
    labelColor: '#888888',
    domainColor: '#888888',
    tickColor: '#888888',
  };
  const scale = (from: number, extent: number) => ({ domain: [from, from + extent], nice: false, zero: false });
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'transparent',
    width: WIDTH,
    height: shown,
    data: { values },
    params: [
      {
        name: 'least',
        value: 0,
        bind: { input: 'range', min: 0, max: 1, step: 0.01, name: `fade below (${scaleName}) ` },
      },
    ],
    transform: [
      { calculate: `datum.x + ${side}`, as: 'x2' },
      { calculate: `datum.y + ${side}`, as: 'y2' },
    ],
    mark: { type: 'rect', aria: false, strokeWidth: 0 },
    encoding: {
      x: { field: 'x', type: 'quantitative', scale: scale(left, width), axis },
      x2: { field: 'x2' },
      y: { field: 'y', type: 'quantitative', scale: { ...scale(top, height), reverse: true }, axis },
      y2: { field: 'y2' },
      color: {
        field: 'h',
        type: 'quantitative',
        scale: { scheme: 'viridis', domain: [0, 1] },
        legend: {
          title: scaleName,
          orient: 'bottom',
          gradientLength: 220,
          labelColor: '#888888',
          titleColor: '#888888',
        },
      },
      opacity: { condition: { test: 'datum.h >= least', value: 1 }, value: 0.08 },
      tooltip: [
        { field: 'w', title: 'weight × N', format: '.3g' },
        { field: 'h', title: scaleName, format: '.3f' },
        { field: 'x', title: `x (${unit})` },
        { field: 'y', title: `y (${unit})` },
      ],
    },
  };
}
