import { escapeHtml } from '../reports/escape.js';
import { htmlFrame, section } from '../reports/page-html.js';
import type { Card, Group } from './groups.js';
import { SITE_SCRIPT } from './script.js';
import { SITE_STYLE } from './style.js';

const LEAD =
  'Every table and figure of the ASMIL paper that was measured again, with what the numbers show. A report says where it agrees with the paper and where it does not.';

/** The front page of all reports: a card with a picture for each, a search. It works from a folder, without a network. */
export function sitePage(groups: readonly Group[]): string {
  const empty = '<p>No report has been written yet: <code>pnpm exp ablation-ema</code> writes one.</p>';
  const body = [
    '<header><h1>ASMIL suite: reports</h1>',
    `<p class="lead">${LEAD}</p>`,
    '<div class="find" hidden><input type="search" aria-label="Search the reports" placeholder="Search: table 10, bracs, plug-in …"><output aria-live="polite"></output></div>',
    '</header>',
    ...groups.map(({ heading, cards }) => section(heading, ['<div class="cards">', ...cards.map(card), '</div>'])),
    groups.length === 0 ? empty : '',
  ];
  return htmlFrame({
    title: 'ASMIL suite: reports',
    style: SITE_STYLE,
    body,
    scripts: [`<script>\n${SITE_SCRIPT}\n</script>`],
  });
}

function card(entry: Card): string {
  const { title, source, data, simulated, preset, partial, engine, date, commit, headline, thumbnail } = entry;
  const folder = entry.folder.split('/').map(encodeURIComponent).join('/');
  const picture = thumbnail
    ? `<div class="picture"><img loading="lazy" alt="" src="${folder}/${encodeURIComponent(thumbnail)}"></div>`
    : '';
  const badge =
    simulated === null
      ? ''
      : simulated
        ? '<span class="badge">simulated</span>'
        : '<span class="badge real">real data</span>';
  const made = [preset && `${preset} preset${partial}`, `${engine} engine`, date, commit && `commit ${commit}`];
  return `<article class="card"><a href="${folder}/report.html">${picture}<h3>${escapeHtml(title)}</h3></a>
<p class="source">${badge}${escapeHtml(source)}</p>
<p class="facts"><span>${escapeHtml(data)}</span><span>${escapeHtml(headline)}</span><span>${escapeHtml(made.filter(Boolean).join(', '))}</span></p></article>`;
}
