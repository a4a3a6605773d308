import { shown } from '../files/shown.js';
import type { Annotation } from './asap.js';

/** Names of groups, in small letters. Those of CAMELYON16 as baidu-research/NCRF@111c7d1 reads them, and CAMELYON17's. */
const TUMOUR = ['tumor', '_0', '_1', 'metastases'];
const CUT_OUT = ['_2', 'exclusion', 'normal'];
/** Types that outline no area. */
const NO_AREA = ['Dot', 'PointSet'];

/** The annotations of a slide sorted by what they mean. A spline counts as the polygon of its points. */
export interface TumourRegion {
  /** Outlines of tumour; the region is their union … */
  readonly tumour: readonly Annotation[];
  /** … without these. */
  readonly cutOuts: readonly Annotation[];
  /** What somebody should look at: a line each. */
  readonly warnings: readonly string[];
}

export interface RegionOptions {
  /** Groups that are cut out, in the place of the known ones. */
  readonly cutOutGroups?: readonly string[];
}

/** Whether an annotation outlines an area: dots, and what has fewer than three points, do not. */
export function outlinesArea({ type, points }: Annotation): boolean {
  return !NO_AREA.includes(type) && points.length >= 3;
}

/** Sorts annotations by group. What outlines no area is left out. */
export function tumourRegion(annotations: readonly Annotation[], options: RegionOptions = {}): TumourRegion {
  const cut = (options.cutOutGroups ?? CUT_OUT).map((name) => name.toLowerCase());
  const outlined = annotations.filter(outlinesArea);
  const isCutOut = ({ group }: Annotation): boolean => cut.includes(group.toLowerCase());
  const unknown = new Map<string, number>();
  for (const annotation of outlined) {
    const { group } = annotation;
    if (!isCutOut(annotation) && !TUMOUR.includes(group.toLowerCase()))
      unknown.set(group, (unknown.get(group) ?? 0) + 1);
  }
  return {
    tumour: outlined.filter((annotation) => !isCutOut(annotation)),
    cutOuts: outlined.filter(isCutOut),
    warnings: [...unknown].map(
      ([group, count]) =>
        `${count} outlines belong to the group ${JSON.stringify(shown(group))}, which is taken for tumour`,
    ),
  };
}
