import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cardTexts } from '../src/card-texts.js';
import {
  buildModel,
  cardsText,
  cardText,
  executedMacs,
  modelCard,
  modelCards,
  modelNames,
  publishedMacs,
  withCards,
} from '../src/index.js';

test('every model of the registry has a card', () => {
  expect(modelNames().filter((name) => cardTexts[name] === undefined)).toEqual([]);
});

test.each(modelNames())('the card of %s names settings that there are and code at a commit', (name) => {
  const card = modelCard(name);
  expect(card.code).toMatch(/^none$|^[\w-]+\/[\w-]+@[0-9a-f]{7}$/);
  expect(card.differs.length).toBeGreaterThan(0);
  for (const setting of card.settings) {
    // A setting is refused by its value, or taken; an unknown one is refused as such.
    let message = '';
    try {
      buildModel(name, { [setting]: Symbol.iterator }, { input: 384, classes: 3 });
    } catch (error) {
      message = (error as Error).message;
    }
    expect([setting, message]).not.toEqual([setting, expect.stringMatching(/nrecognized|nknown/)]);
  }
  const text = cardText(card);
  for (const part of [card.title, card.paper, card.code, ...card.differs]) expect(text).toContain(part);
});

/* As the specifications of the models give them, or as counted on the reference code. */
test.each([
  ['abmil', 82_692],
  ['asmil', 447_235],
  ['clam-sb', 83_594],
  ['dsmil', 53_894],
  ['dtfd-mil', 116_232],
  ['ibmil', 116_100 + 8 * 128], // the dictionary's rows are counted in
  ['mhim-mil', 66_179],
  ['transmil', 193_427],
  ['acmil', 85_143],
  ['hdmil', 520_451],
  ['camil', 182_179],
  ['aem', 82_692],
])('%s has the parameters of its specification', (name, parameters) => {
  expect(modelCard(name).parameters).toBe(parameters);
});

test('costs are those of the closed forms at the sizes of the paper’s tables', () => {
  const sizes = { n: 2000, input: 384, hidden: 128, classes: 3 };
  for (const { name, macs } of modelCards())
    expect([name, macs]).toEqual([
      name,
      { published: publishedMacs(name, sizes), executed: executedMacs(name, sizes) },
    ]);
  expect(modelCard('dsmil').macs).toEqual({ published: 103_830_912, executed: 7_210_368 });
});

test('the generated parts of the READMEs are those of the registry; `pnpm mil models --readme` writes them', () => {
  for (const [path, marker] of [
    ['../../../README.md', 'models'],
    ['../README.md', 'model-notes'],
  ] as const) {
    const text = readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
    expect(text).toContain(`<!-- ${marker} -->`);
    expect(withCards(text, modelCards())).toBe(text);
    for (const name of modelNames()) expect(text).toContain(`\`${name}\``);
    const stale = text.replace(/`abmil` +\||`abmil`: /, '');
    expect(withCards(stale, modelCards())).toBe(text);
  }
  expect(withCards('no markers', modelCards())).toBe('no markers');
});

test('the list for a terminal has a line for every model, in columns', () => {
  const lines = cardsText(modelCards()).split('\n').slice(1, -3);
  expect(lines.map((line) => line.split(' ')[0])).toEqual(modelNames());
  expect(new Set(lines.map((line) => line.search(/ M {2}[^ \d]/))).size).toBe(1);
});
