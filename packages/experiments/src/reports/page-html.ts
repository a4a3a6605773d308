import { type Chart, CONFIG } from './charts/theme.js';
import { escapeHtml, jsonForScript, proseHtml, scriptForInline } from './escape.js';
import type { ReportPage } from './page.js';
import { SCRIPT } from './page-script.js';
import { STYLE } from './page-style.js';
import type { ReportTable, TableColumn } from './tables.js';

export interface HtmlPageOptions {
  /** The drawn charts by id. */
  readonly svgs: ReadonlyMap<string, string>;
  /** The chart libraries: addresses relative to the page, or their source to stand inside it. */
  readonly scripts: readonly ({ readonly src: string } | { readonly source: string })[];
  /** Address of the page of all reports, relative to this one; absent where there is none. */
  readonly home?: string | undefined;
}

/** Nothing on the page may talk to a server, load plug-ins or send forms. */
const POLICY = "connect-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; font-src 'none'";

/** The report as one page that works from a folder, without a network and without scripts. */
export function htmlPage(page: ReportPage, options: HtmlPageOptions): string {
  const { svgs } = options;
  const simulated = page.simulated ? '<span class="badge">Simulated cohort</span>' : '';
  const { tables: leadingTables, charts: leadingCharts } = page.leading ?? { tables: 1, charts: 1 };
  const figures = page.charts.map((chart) => figure(chart, svgs.get(chart.id) ?? ''));
  const tables = page.tables.map(tableHtml);
  const body = [
    wayBack(options.home),
    `<header><h1>${escapeHtml(page.title)}</h1>`,
    `<p class="source">${simulated}${escapeHtml(page.source)}</p>`,
    `<p class="lead">${escapeHtml(page.question)}</p>`,
    page.partial ? `<p class="partial"><strong>Partial report.</strong> ${escapeHtml(page.partial)}</p>` : '',
    '</header>',
    section(
      'What this shows',
      page.notes.map((text) => `<p>${proseHtml(text)}</p>`),
    ),
    section('Results', [...tables.slice(0, leadingTables), ...figures.slice(0, leadingCharts)]),
    section(
      'Reading',
      page.reading.flatMap((part) => [`<h3>${escapeHtml(part.heading)}</h3>`, ...part.paragraphs.map(paragraph)]),
    ),
    section('Further charts', figures.slice(leadingCharts)),
    section(page.detailHeading, tables.slice(leadingTables)),
    section(
      'Diverged runs',
      page.diverged.length === 0 ? [] : [paragraph('Their scores are in no mean above.'), list(page.diverged)],
    ),
    section(page.factsHeading ?? 'Cohort and protocol', [
      `<dl>${page.facts.map((fact) => `<dt>${escapeHtml(fact.name)}</dt><dd>${code(fact.value, fact.code)}</dd>`).join('\n')}</dl>`,
    ]),
    section('How to get this again', [
      `<pre><code>${escapeHtml(page.command)}</code></pre>`,
      '<p>Beside this page: <a href="results.csv">the table as CSV</a>, <a href="results.json">all results</a>, ' +
        '<a href="provenance.json">provenance</a>, and each chart as SVG and as a Vega-Lite spec.</p>',
    ]),
  ].filter((part) => part !== '');
  return htmlDocument({ title: page.title, body, charts: page.charts, scripts: options.scripts });
}

/** The way back to the page of all reports. */
export const wayBack = (home: string | undefined): string =>
  home === undefined ? '' : `<nav><a href="${escapeHtml(home)}">All reports</a></nav>`;

export interface HtmlDocument extends Pick<HtmlPageOptions, 'scripts'> {
  readonly title: string;
  /** Parts of the page, in HTML. */
  readonly body: readonly string[];
  /** The charts that stand in the body. */
  readonly charts: readonly Chart[];
}

/** A document around the body: style, the charts' specs, the libraries and the script that wakes them. */
export function htmlDocument({ title, body, charts, scripts }: HtmlDocument): string {
  return htmlFrame({
    title,
    body,
    scripts: [
      ...charts.map(
        (chart) =>
          `<script type="application/json" id="${chart.id}">${jsonForScript({ ...chart.spec, config: undefined })}</script>`,
      ),
      `<script type="application/json" id="chart-config">${jsonForScript(CONFIG)}</script>`,
      ...scripts.map(scriptElement),
      `<script>\n${SCRIPT}\n</script>`,
    ],
  });
}

/** A whole document: style, the body and script elements. `style` follows the style of a report. */
export function htmlFrame(given: {
  readonly title: string;
  readonly body: readonly string[];
  readonly scripts: readonly string[];
  readonly style?: string;
}): string {
  const { title, body, scripts, style } = given;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>
${[STYLE, style].filter(Boolean).join('\n')}
</style>
</head>
<body>
<main>
${body.join('\n')}
</main>
${scripts.join('\n')}
</body>
</html>
`;
}

export function figure(chart: Chart, svg: string): string {
  return `<figure>
<div class="chart" data-spec="${chart.id}"><div class="drawn">${inlineSvg(svg, chart.id)}</div></div>
<figcaption>${escapeHtml(chart.caption)}</figcaption>
</figure>`;
}

/** Several drawings share the page, so their internal names get the chart's in front. */
function inlineSvg(svg: string, id: string): string {
  return svg
    .trim()
    .replace(/ id="([^"]+)"/g, ` id="${id}-$1"`)
    .replace(/url\(#([^)]+)\)/g, `url(#${id}-$1)`);
}

export function tableHtml(table: ReportTable): string {
  const first = (i: number): boolean =>
    table.columns[i]!.group !== '' && table.columns[i - 1]?.group !== table.columns[i]!.group;
  const classes = (...names: (string | false | undefined)[]): string => {
    const used = names.filter(Boolean);
    return used.length === 0 ? '' : ` class="${used.join(' ')}"`;
  };
  const head = table.columns.map(
    (column, i) =>
      `<th scope="col"${classes(column.text && 'text', first(i) && 'first')}>${escapeHtml(column.label)}</th>`,
  );
  const rows = table.rows.map((row) => {
    const cells = row.cells.map((cell, i) => {
      const sort = cell.sort === null ? '' : ` data-sort="${escapeHtml(String(cell.sort))}"`;
      const names = classes(table.columns[i]!.text && 'text', first(i) && 'first', cell.best && 'best');
      return `<td${names}${sort}>${escapeHtml(cell.text)}</td>`;
    });
    return `<tr${classes(row.reference && 'reference')}>${cells.join('')}</tr>`;
  });
  const notes = table.notes.length === 0 ? '' : `\n<p class="note">${escapeHtml(table.notes.join(' '))}</p>`;
  return `<p class="table-title">${escapeHtml(table.title)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(table.title)}"><table>
<thead>
<tr class="groups">${groups(table.columns)}</tr>
<tr>${head.join('')}</tr>
</thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>${notes}`;
}

/** Neighbouring columns of one group under one heading. */
function groups(columns: readonly TableColumn[]): string {
  const runs: { group: string; span: number }[] = [];
  for (const { group } of columns) {
    const last = runs.at(-1);
    if (last?.group === group) last.span += 1;
    else runs.push({ group, span: 1 });
  }
  return runs.map(({ group, span }) => `<th colspan="${span}" scope="colgroup">${escapeHtml(group)}</th>`).join('');
}

function scriptElement(script: HtmlPageOptions['scripts'][number]): string {
  if ('src' in script) return `<script src="${escapeHtml(script.src)}"></script>`;
  return `<script>${scriptForInline(script.source)}</script>`;
}

export function section(heading: string, parts: readonly string[]): string {
  const content = parts.filter((part) => part !== '');
  return content.length === 0 ? '' : `<section>\n<h2>${heading}</h2>\n${content.join('\n')}\n</section>`;
}

export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

export function list(lines: readonly string[]): string {
  return `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;
}

function code(text: string, isCode: boolean | undefined): string {
  return isCode ? `<code>${escapeHtml(text)}</code>` : escapeHtml(text);
}
