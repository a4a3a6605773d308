import { escapeHtml, proseHtml } from '../reports/escape.js';
import {
  figure,
  type HtmlPageOptions,
  htmlDocument,
  list,
  paragraph,
  section,
  tableHtml,
} from '../reports/page-html.js';
import type { BenchContent } from './content.js';

/** The benchmark as one page that works from a folder, without a network and without scripts. */
export function benchHtml(content: BenchContent, { svgs, scripts }: HtmlPageOptions): string {
  const body = [
    `<header><h1>${escapeHtml(content.title)}</h1>`,
    `<p class="lead">${escapeHtml(content.lead)}</p>`,
    '</header>',
    section(
      'What this shows',
      content.notes.map((text) => `<p>${proseHtml(text)}</p>`),
    ),
    section('Reading', content.reading.length === 0 ? [] : [list(content.reading)]),
    section(
      'Charts',
      content.charts.map((chart) => figure(chart, svgs.get(chart.id) ?? '')),
    ),
    section('Growth', content.growth.map(tableHtml)),
    section('Times', content.steps.map(tableHtml)),
    section('Every measurement', content.details.map(tableHtml)),
    section('What is measured', [terms(content.measured)]),
    section('Machine and code', [terms(content.facts)]),
    section('How to get this again', [
      `<pre><code>${escapeHtml(content.command)}</code></pre>`,
      paragraph('Times belong to one machine and one hour; the ratios carry further.'),
      '<p>Beside this page: <a href="results.json">all numbers</a>, <a href="provenance.json">provenance</a>, and each ' +
        'chart as SVG and as a Vega-Lite spec.</p>',
    ]),
  ];
  return htmlDocument({
    title: content.title,
    body: body.filter((part) => part !== ''),
    charts: content.charts,
    scripts,
  });
}

function terms(pairs: BenchContent['facts']): string {
  const rows = pairs.map(([name, text]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(text)}</dd>`);
  return `<dl>${rows.join('\n')}</dl>`;
}
