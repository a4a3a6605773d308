import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@asmil/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAsap, readAsap } from '../../src/annotations/asap.js';
import { tumourRegion } from '../../src/annotations/region.js';

const file = (annotations: string, head = '<?xml version="1.0"?>'): string =>
  `${head}\n<ASAP_Annotations><Annotations>${annotations}</Annotations><AnnotationGroups/></ASAP_Annotations>`;

const polygon = (points: string, group = 'Tumor', type = 'Polygon', name = 'A'): string =>
  `<Annotation Name="${name}" Type="${type}" PartOfGroup="${group}" Color="#F4FA58"><Coordinates>${points}</Coordinates></Annotation>`;

const point = (order: number | string, x: number | string, y: number | string): string =>
  `<Coordinate Order="${order}" X="${x}" Y="${y}"/>`;

const triangle = point(0, 0, 0) + point(1, 8, 0) + point(2, 0, 8);

/** The message of the `UserError` that a text is refused with. */
function refusal(text: string): string {
  try {
    parseAsap(text, 'slide.xml');
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(message).toMatch(/^slide\.xml/);
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(400);
    return message;
  }
  throw new Error('was not refused');
}

describe('an ASAP file', () => {
  test('gives its points in the order of their numbers', () => {
    const [found] = parseAsap(file(polygon(point(2, 5, 6) + point(0, 1, 2) + point(10, 7, 8) + point(1, 3.5, -4))));
    expect(found).toEqual({
      name: 'A',
      type: 'Polygon',
      group: 'Tumor',
      points: [
        [1, 2],
        [3.5, -4],
        [5, 6],
        [7, 8],
      ],
    });
  });

  test('may have decimal commas, exponents, a byte order mark, other elements and XML’s own entities', () => {
    const text = `\uFEFF${file(`<!-- by hand --><Other x="1"/>${polygon(point(0, '12,5', '1e2') + point(1, ' 3 ', '.5'), 'a &amp; b')}`)}`;
    expect(parseAsap(text)).toEqual([
      {
        name: 'A',
        type: 'Polygon',
        group: 'a & b',
        points: [
          [12.5, 100],
          [3, 0.5],
        ],
      },
    ]);
  });

  test('may have no annotations, and points without a number keep their place', () => {
    expect(parseAsap(file(''))).toEqual([]);
    expect(parseAsap('<ASAP_Annotations/>')).toEqual([]);
    const [found] = parseAsap(file(polygon('<Coordinate X="1" Y="1"/><Coordinate X="2" Y="2"/>')));
    expect(found!.points).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

describe('is refused in one line', () => {
  test.each([
    ['nothing', ''],
    ['no XML', 'name,x,y\n'],
    ['a file that breaks off', file(polygon(triangle)).slice(0, 150)],
    ['tags that do not match', '<ASAP_Annotations><Annotations></ASAP_Annotations>'],
    ['two roots', '<ASAP_Annotations/><ASAP_Annotations/>'],
    ['an attribute twice', '<ASAP_Annotations a="1" a="2"/>'],
    ['a control character', '<ASAP_Annotations a="\u0001"/>'],
    ['an unknown entity', file(polygon(triangle, '&group;'))],
  ])('%s', (_, text) => {
    expect(refusal(text)).toContain('is not well-formed XML');
  });

  test('another kind of file', () => {
    expect(refusal('<svg/>')).toContain('found <svg>, expected <ASAP_Annotations>');
  });

  test.each([
    ['text', 'left'],
    ['nothing', ''],
    ['two commas', '1,2,3'],
    ['hexadecimal', '0x10'],
    ['infinity', 'Infinity'],
    ['too far away', '1e300'],
    ['very long', '1'.repeat(100_000)],
  ])('a coordinate that is %s', (_, x) => {
    expect(refusal(file(polygon(point(0, x, 1))))).toMatch(/annotation "A" has X=".*", expected a number/);
  });

  test('a missing coordinate, a missing type', () => {
    expect(refusal(file(polygon('<Coordinate Order="0" X="1"/>')))).toContain('has Y="", expected a number');
    expect(refusal(file('<Annotation Name="B"/>'))).toContain('annotation "B" has no Type');
  });
});

describe('a hostile file', () => {
  test('cannot name other files or grow by entities', () => {
    const external = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>';
    expect(refusal(file(polygon(triangle, '&x;'), external))).toContain('entity');
    const laughs = `<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(10)}"><!ENTITY c "${'&b;'.repeat(10)}">]>`;
    expect(refusal(file(polygon(triangle, '&c;'), laughs))).toContain('entity');
    // What is declared and not used is not read.
    expect(parseAsap(file(polygon(triangle), laughs))).toHaveLength(1);
  });

  test('cannot exhaust the call stack, or reach the prototype of objects', () => {
    expect(refusal(`<ASAP_Annotations>${'<a>'.repeat(1_000_000)}`)).toContain('more than 64 deep');
    const odd = file('<__proto__ Type="x"/><Annotation Type="Polygon" __proto__="y" constructor="z"/>');
    expect(parseAsap(odd)).toEqual([{ name: '', type: 'Polygon', group: 'None', points: [] }]);
    expect(({} as Record<string, unknown>).Type).toBeUndefined();
    expect(refusal(file('<Annotation __proto__="Polygon"/>'))).toContain('has no Type');
  });

  test('with a megabyte in a name is read, and its messages stay short', () => {
    const name = 'n'.repeat(2 ** 20);
    expect(parseAsap(file(polygon(triangle, 'Tumor', 'Polygon', name)))[0]!.name).toHaveLength(2 ** 20);
    expect(refusal(file(polygon(point(0, 'x', 1), 'Tumor', 'Polygon', name)))).toContain('nnn…');
  });

  test('in the wrong place does not count', () => {
    const misplaced = `<ASAP_Annotations>${polygon(triangle)}<Annotations><Coordinates>${triangle}</Coordinates></Annotations></ASAP_Annotations>`;
    expect(parseAsap(misplaced)).toEqual([]);
  });
});

describe('on disk', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'asmil-asap-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is read, and named where it cannot be', async () => {
    const path = join(folder, 'a.xml');
    await writeFile(path, file(polygon(triangle)));
    expect(await readAsap(path)).toHaveLength(1);
    await writeFile(path, Buffer.from(`\uFEFF${file(polygon(triangle))}`, 'utf16le'));
    await expect(readAsap(path)).rejects.toThrow(`${path} is not UTF-8 text`);
    await expect(readAsap(join(folder, 'none.xml'))).rejects.toThrow('none.xml: no such file');
    await expect(readAsap(folder)).rejects.toThrow(UserError);
  });
});

describe('groups', () => {
  const of = (...groups: [string, string?][]) =>
    tumourRegion(parseAsap(file(groups.map(([group, type]) => polygon(triangle, group, type)).join(''))));

  test('of tumour and of what is cut out, in any case', () => {
    const found = of(['Tumor'], ['_0'], ['_1'], ['metastases'], ['_2'], ['Exclusion'], ['normal'], ['TUMOR']);
    expect(found.tumour.map(({ group }) => group)).toEqual(['Tumor', '_0', '_1', 'metastases', 'TUMOR']);
    expect(found.cutOuts.map(({ group }) => group)).toEqual(['_2', 'Exclusion', 'normal']);
    expect(found.warnings).toEqual([]);
  });

  test('that are not known count as tumour, with a warning', () => {
    const found = of(['None'], ['None'], ['Region 1']);
    expect(found.tumour).toHaveLength(3);
    expect(found.warnings).toEqual([
      '2 outlines belong to the group "None", which is taken for tumour',
      '1 outlines belong to the group "Region 1", which is taken for tumour',
    ]);
  });

  test('splines and rectangles are polygons; dots and pairs of points outline nothing', () => {
    expect(of(['Tumor', 'Spline'], ['Tumor', 'Rectangle'], ['Tumor', 'Dot']).tumour).toHaveLength(2);
    const pair = parseAsap(file(polygon(point(0, 1, 1) + point(1, 2, 2))));
    expect(tumourRegion(pair)).toEqual({ tumour: [], cutOuts: [], warnings: [] });
  });

  test('that a caller names are cut out in the place of the known ones', () => {
    const annotations = parseAsap(file(polygon(triangle, 'holes') + polygon(triangle, '_2')));
    const found = tumourRegion(annotations, { cutOutGroups: ['Holes'] });
    expect(found.cutOuts.map(({ group }) => group)).toEqual(['holes']);
    expect(found.warnings).toHaveLength(1);
  });
});
