/** Widths of Helvetica's characters in thousandths of the font size, in groups of equal width. */
const GROUPS: readonly (readonly [number, string])[] = [
  [222, "ijl'’‘"],
  [278, ' !,./:;\\[]ftI|·'],
  [333, '()-`r'],
  [355, '"'],
  [389, '*'],
  [469, '^'],
  [500, 'cksvxyzJ'],
  [556, '0123456789abdeghnopqu#$?_L–'],
  [584, '+<=>~×±−'],
  [611, 'Z'],
  [667, '&ABEFKPSTVXYΔ'],
  [722, 'CDHNRUw'],
  [778, 'GOQ'],
  [833, 'mM'],
  [889, '%'],
  [944, 'W'],
  [1000, '—…→'],
  [1015, '@'],
];

const WIDTHS = new Map(GROUPS.flatMap(([width, characters]) => [...characters].map((c) => [c, width] as const)));
const OTHER = 600;
/** The fonts that stand in for Helvetica on other machines are up to this much wider. */
const ROOM = 1.12;

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  readonly text?: unknown;
}

/** Width of a text item in pixels; stands in for Vega's own guess of 0.8 of the font size for every character. */
export function helveticaWidth(item: TextItem, text: unknown): number {
  const bold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600 ? 1.06 : 1;
  const size = item.fontSize ?? 11;
  let thousandths = 0;
  for (const character of String(text ?? '')) thousandths += WIDTHS.get(character) ?? OTHER;
  return (thousandths / 1000) * size * bold * ROOM;
}
