/** What the front page needs beside the style of a report. */
export const SITE_STYLE = `
.find { display: flex; gap: 12px; align-items: center; flex-wrap: wrap; margin: 18px 0 0; }
.find input {
  font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 8px;
  padding: 8px 12px; width: min(100%, 26em);
}
.find input:focus-visible, .card a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.find output { color: var(--soft); font-size: .9rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 270px), 1fr)); gap: 18px; }
.card { border: 1px solid var(--line); border-radius: 10px; overflow: hidden; display: flex; flex-direction: column; }
.card[hidden], section[hidden] { display: none; }
.card a { color: inherit; text-decoration: none; display: block; }
.card a:hover h3 { text-decoration: underline; }
.card .picture { height: 170px; background: #fff; border-bottom: 1px solid var(--line); overflow: hidden; padding: 8px 10px 0; }
.card .picture img { width: 100%; height: 100%; object-fit: cover; object-position: top left; display: block; }
.card h3 { margin: 10px 14px 2px; font-size: 1rem; }
.card .source { margin: 0 14px; font-size: .85rem; }
.card .facts { margin: 6px 14px 12px; font-size: .85rem; color: var(--soft); }
.card .facts span { display: block; overflow-wrap: anywhere; }
.badge.real { color: var(--accent); background: var(--sheet); }
@media print { .find { display: none; } }
`.trim();
