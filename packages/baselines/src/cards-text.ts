import { CARD_SIZES, type Card } from './cards.js';

const SIZES = `${CARD_SIZES.input} features a tile, ${CARD_SIZES.classes} classes, ${CARD_SIZES.n} tiles`;
const count = (value: number): string => value.toLocaleString('en-US');
const millions = (value: number): string => `${(value / 1e6).toFixed(1)} M`;

/** Columns of equal width; those named in `right` are set to the right. */
function columns(rows: readonly (readonly string[])[], right: readonly number[]): string[][] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row.map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))),
  );
}

/** One line a model for a terminal. */
export function cardsText(cards: readonly Card[]): string {
  const rows = cards.map(({ name, parameters, macs, title, paper }) => [
    ...[name, count(parameters), millions(macs.published), millions(macs.executed)],
    ...[title, paper],
  ]);
  const table = columns([['model', 'parameters', 'MACs', 'here', 'what it is', 'paper'], ...rows], [1, 2, 3]);
  return [
    ...table.map((row) => row.join('  ').trimEnd()),
    '',
    `Default configurations at ${SIZES}. MACs: multiply-accumulates of a prediction as the published`,
    'code makes it, and as it is made here. `pnpm mil models NAME` shows a model in full.',
  ].join('\n');
}

/** One model in full for a terminal. */
export function cardText(card: Card): string {
  const { published, executed } = card.macs;
  const here = executed === published ? '' : `, ${millions(executed)} as computed here`;
  return [
    `${card.name} (version ${card.version}): ${card.title}`,
    `paper: ${card.paper}`,
    `official code: ${card.code}`,
    `cost: ${count(card.parameters)} parameters, ${millions(published)} multiply-accumulates${here} (${SIZES})`,
    `anchor: ${card.anchor}; checkpoints in and out under ${card.names} names`,
    'what differs from the official code:',
    ...card.differs.map((line) => `  ${line}`),
    `settings: ${card.settings.join(', ')}`,
    `defaults: ${JSON.stringify(card.config)}`,
  ].join('\n');
}

/** The suite's own README: a line a model. */
export function cardsTable(cards: readonly Card[]): string {
  const rows = cards.map(({ name, title, paper, code, parameters, macs }) => [
    ...[`\`${name}\``, `${title} (${paper})`, link(code)],
    ...[count(parameters), millions(macs.published), millions(macs.executed)],
  ]);
  const head = ['name', 'model', 'official code', 'parameters', 'MACs', 'here'];
  const right = [3, 4, 5];
  const [first, ...rest] = columns([head, ...rows], right);
  const rule = first!.map((cell, i) =>
    right.includes(i) ? `${'-'.repeat(cell.length - 1)}:` : '-'.repeat(cell.length),
  );
  return [first!, rule, ...rest].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The README of this package: of each model what differs from its official code, and its settings. */
export function cardsList(cards: readonly Card[]): string {
  return cards
    .map(({ name, title, differs, settings }) => {
      const points = differs.map((line) => `  - ${line}`);
      return [`- \`${name}\`: ${title}`, ...points, `  - settings: ${settings.map((s) => `\`${s}\``).join(', ')}`];
    })
    .map((lines) => lines.join('\n'))
    .join('\n');
}

/** Where the official code is, at the commit that was read. */
function link(code: string): string {
  const [repository, commit] = code.split('@');
  return commit === undefined ? code : `[${repository}](https://github.com/${repository}/tree/${commit})`;
}

/** The generated parts of READMEs: name of the marker → text. */
const PARTS: Readonly<Record<string, (cards: readonly Card[]) => string>> = {
  models: cardsTable,
  'model-notes': cardsList,
};

/**
 * A README with its generated parts made anew: what stands between `<!-- models -->` and `<!-- /models -->`, likewise
 * `model-notes`. Text without markers comes back as it is.
 */
export function withCards(readme: string, cards: readonly Card[]): string {
  return Object.entries(PARTS).reduce((text, [name, render]) => {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(open), text.indexOf(close)];
    if (from < 0 || to < from) return text;
    return `${text.slice(0, from)}${open}\n\n${render(cards)}\n\n${text.slice(to)}`;
  }, readme);
}
