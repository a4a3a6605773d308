import type { Polygon } from '../slide-cohort.js';

const GROUPS = [
  { name: 'Tumor', colour: '#F4FA58' },
  { name: 'Exclusion', colour: '#64FE2E' },
] as const;

/**
 * Lesions as an annotation file of ASAP, the form of CAMELYON's: one annotation a ring, in pixels of level 0; outer rings in
 * the group `Tumor`, holes in `Exclusion`, whose area readers cut out.
 */
export function asapXml(outlines: readonly Polygon[]): string {
  const rings = outlines.flatMap(({ rings: [outer, ...holes] }) => [
    { ring: outer!, group: GROUPS[0] },
    ...holes.map((ring) => ({ ring, group: GROUPS[1] })),
  ]);
  const annotations = rings.map(({ ring, group }, i) => {
    const points = ring.map(([x, y], order) => `\t\t\t\t<Coordinate Order="${order}" X="${x}" Y="${y}" />`);
    return [
      `\t\t<Annotation Name="Annotation ${i}" Type="Polygon" PartOfGroup="${group.name}" Color="${group.colour}">`,
      ...['\t\t\t<Coordinates>', ...points, '\t\t\t</Coordinates>', '\t\t</Annotation>'],
    ].join('\n');
  });
  const groups = GROUPS.map(
    ({ name, colour }) =>
      `\t\t<Group Name="${name}" PartOfGroup="None" Color="${colour}">\n\t\t\t<Attributes />\n\t\t</Group>`,
  );
  return [
    '<?xml version="1.0"?>',
    '<ASAP_Annotations>',
    ...['\t<Annotations>', ...annotations, '\t</Annotations>'],
    ...['\t<AnnotationGroups>', ...groups, '\t</AnnotationGroups>'],
    '</ASAP_Annotations>',
    '',
  ].join('\n');
}
