/** Style of `report.html`: one column for reading, light and dark, telephone and print. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --soft: #5a6472; --paper: #ffffff; --sheet: #f5f6f8; --line: #d9dde3; --grid: #e6e6e6;
  --accent: #0062a3; --badge: #8a4b00; --badge-bg: #fff1dc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4e7eb; --soft: #a3adba; --paper: #15181c; --sheet: #1e2329; --line: #363d47; --grid: #2c323a;
    --accent: #6bb5ea; --badge: #ffc67d; --badge-bg: #3a2a12;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif;
}
main { max-width: 1200px; margin: 0 auto; padding: 28px 20px 60px; }
nav { font-size: .9rem; margin: 0 0 10px; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 10px; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 44px 0 12px; padding-bottom: 5px; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.02rem; margin: 24px 0 6px; }
p { margin: 8px 0; max-width: 46em; }
a { color: var(--accent); }
.lead { font-size: 1.06rem; }
.source { color: var(--soft); margin: 0 0 6px; }
.badge {
  display: inline-block; padding: 1px 10px; border-radius: 20px; font-size: .85rem; font-weight: 600;
  color: var(--badge); background: var(--badge-bg); margin-right: 8px;
}
.partial { border-left: 4px solid var(--badge); background: var(--badge-bg); padding: 8px 14px; border-radius: 4px; }
.scroll { overflow-x: auto; margin: 12px 0 6px; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: .81rem; font-variant-numeric: tabular-nums; }
.table-title { font-weight: 600; margin-top: 18px; }
th, td { padding: 6px 9px; text-align: right; white-space: nowrap; border-top: 1px solid var(--line); }
thead tr:first-child th { border-top: 0; }
th.text, td.text { text-align: left; position: sticky; left: 0; background: var(--paper); }
thead th, thead th.text { background: var(--sheet); font-weight: 600; vertical-align: bottom; }
thead tr.groups th { text-align: center; color: var(--soft); font-weight: 500; }
thead tr.groups th:not(:empty) { border-left: 1px solid var(--line); }
td.first, thead tr:last-child th.first { border-left: 1px solid var(--line); }
tr.reference td, tr.reference td.text { background: var(--sheet); }
td.best { font-weight: 700; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
th button { position: relative; }
th button::after { position: absolute; right: -9px; content: "\\2195"; color: var(--soft); opacity: 0; }
th button:is(:hover, :focus-visible)::after { opacity: .7; }
th[aria-sort=ascending] button::after { content: "\\2191"; opacity: 1; }
th[aria-sort=descending] button::after { content: "\\2193"; opacity: 1; }
.note, figcaption { color: var(--soft); font-size: .88rem; max-width: 52em; }
figure { margin: 26px 0 34px; }
.chart { overflow-x: auto; max-width: 740px; }
.drawn svg, .chart svg.marks { width: min(100%, 740px); height: auto; display: block; }
.chart .vega-embed { display: block; padding-right: 0; width: 100%; }
.chart .vega-embed summary { background: var(--sheet); color: var(--ink); }
.drawn svg > rect { fill: transparent; }
.chart svg text:not([fill="#ffffff"]) { fill: var(--ink); }
.chart svg .role-title-subtitle text { fill: var(--soft); }
.chart svg [fill="#222222"] { fill: var(--ink); }
.chart svg [stroke="#222222"] { stroke: var(--ink); }
.chart svg .role-axis-grid :is(line, path) { stroke: var(--grid); }
.chart svg .background[stroke] { stroke: var(--line); }
dl { display: grid; grid-template-columns: minmax(120px, max-content) 1fr; gap: 5px 18px; margin: 12px 0; font-size: .92rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
pre, code { font: .88em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { background: var(--sheet); padding: 12px 14px; border-radius: 8px; overflow-x: auto; }
footer { margin-top: 44px; color: var(--soft); font-size: .88rem; }
@media (prefers-color-scheme: dark) {
  .chart svg [fill="#0072b2"] { fill: #4aa8e0; }
  .chart svg [stroke="#0072b2"] { stroke: #4aa8e0; }
}
@media (max-width: 640px) {
  main { padding: 18px 14px 40px; }
  h1 { font-size: 1.4rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 9px; }
  .vega-embed details { display: none; }
  .drawn svg, .chart svg.marks { width: 100%; min-width: 560px; }
}
@media print {
  :root { --ink: #000; --soft: #444; --paper: #fff; --sheet: #f4f4f4; --line: #ccc; --grid: #e6e6e6; --badge: #000; --badge-bg: #eee; }
  main { max-width: none; padding: 0; }
  h2, h3 { break-after: avoid; }
  figure, tr { break-inside: avoid; }
  .scroll, .chart { overflow: visible; }
  .vega-embed details, th button::after { display: none; }
}
`.trim();
