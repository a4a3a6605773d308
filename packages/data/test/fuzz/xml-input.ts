import type { Rng } from '@asmil/core';
import fc from 'fast-check';
import { boundary, chance, pick } from './mutate.js';
import { anyText, flood, sample } from './text-input.js';

const escaped = (text: string): string =>
  text.replace(/[&<"]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, '');

/** Text as it may stand in an attribute, now and then as it may not. */
const attribute = (rng: Rng): string => {
  const text = sample(rng, anyText);
  return chance(rng, 0.8) ? escaped(text) : text;
};

const number = (rng: Rng): string =>
  chance(rng, 0.7)
    ? String(rng.int(10_000))
    : pick(rng, ['1,5', '-3.5e2', '1e9', 'NaN', 'Infinity', '', ' 7 ', '0x10', String(boundary(rng)), attribute(rng)]);

const point = (rng: Rng): string => `<Coordinate Order="${number(rng)}" X="${number(rng)}" Y="${number(rng)}"/>`;
const several = (rng: Rng, most: number, item: (rng: Rng) => string): string =>
  Array.from({ length: rng.int(most + 1) }, () => item(rng)).join(chance(rng, 0.5) ? '\n' : '');

function annotation(rng: Rng): string {
  const type = chance(rng, 0.8) ? pick(rng, ['Polygon', 'Spline', 'Rectangle', 'Dot', 'PointSet']) : attribute(rng);
  const group = chance(rng, 0.6) ? pick(rng, ['Tumor', '_0', '_2', 'Exclusion', 'None']) : attribute(rng);
  const named = chance(rng, 0.95) ? ` Type="${type}"` : '';
  return `<Annotation Name="${attribute(rng)}"${named} PartOfGroup="${group}"><Coordinates>${several(rng, 6, point)}</Coordinates></Annotation>`;
}

const HEADS = [
  '<?xml version="1.0"?>',
  '<?xml version="1.1" encoding="UTF-16"?>',
  '\ufeff',
  '',
  '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
  '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
  `<!DOCTYPE a [<!ENTITY a0 "lol">${Array.from({ length: 9 }, (_, k) => `<!ENTITY a${k + 1} "${`&a${k};`.repeat(10)}">`).join('')}]>`,
  '<?xml-stylesheet href="javascript:alert(1)"?>',
];
const INSIDE = [
  '&a9;',
  '&x;',
  '&#0;',
  '&#x110000;',
  '&lt;',
  '<![CDATA[',
  '<![CDATA[x]]>',
  '<!-- -- -->',
  '<?p?>',
  ']]>',
  '<a:b/>',
  '\0',
  '\u2028',
];

const FLOODS: readonly ((rng: Rng) => string)[] = [
  (rng) => flood('<a>', rng),
  (rng) => `<ASAP_Annotations><Annotations>${flood('<a/>', rng)}`,
  (rng) =>
    `<ASAP_Annotations><Annotations>${flood('<Annotation Type="P"></Annotation>', rng)}</Annotations></ASAP_Annotations>`,
  (rng) =>
    `<ASAP_Annotations><Annotations><Annotation Type="Polygon"><Coordinates>${flood('<Coordinate X="1" Y="1"/>', rng)}</Coordinates></Annotation></Annotations></ASAP_Annotations>`,
  (rng) => `<ASAP_Annotations a="${flood('x', rng)}"/>`,
  (rng) => `<ASAP_Annotations ${Array.from({ length: 2 ** (5 + rng.int(11)) }, (_, k) => `a${k}=""`).join(' ')}/>`,
  (rng) => `<ASAP_Annotations>${flood('&amp;', rng)}</ASAP_Annotations>`,
  (rng) => `<${flood('n', rng)}/>`,
  (rng) => `<ASAP_Annotations>&${flood('n', rng)};</ASAP_Annotations>`,
  (rng) =>
    `<ASAP_Annotations><Annotations><Annotation Type="${flood('x', rng)}" PartOfGroup="${flood('g', rng)}"><Coordinates>${point(rng).repeat(3)}</Coordinates></Annotation></Annotations></ASAP_Annotations>`,
];

/** A file of ASAP's form, or nearly. */
export function asapText(rng: Rng): string {
  if (chance(rng, 0.06)) return pick(rng, FLOODS)(rng);
  const parts = [pick(rng, HEADS), '<ASAP_Annotations>', '<Annotations>', several(rng, 5, annotation)];
  parts.push('</Annotations>', '<AnnotationGroups/>', '</ASAP_Annotations>');
  if (chance(rng, 0.3)) parts.splice(rng.int(parts.length), 1);
  if (chance(rng, 0.3)) parts.splice(rng.int(parts.length + 1), 0, pick(rng, INSIDE));
  if (chance(rng, 0.1)) parts.splice(rng.int(parts.length + 1), 0, sample(rng, fc.string({ unit: 'binary' })));
  return parts.join('');
}
