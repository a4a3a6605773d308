import type { TopLevelSpec } from 'vega-lite';
import { type Chart, frameOf } from '../charts/theme.js';
import { count, fixed, listing } from '../format.js';
import { type UnevenSlide, unevenSlides } from './choose.js';
import { mapPanel, topOf } from './map-panel.js';
import type { Gallery, Portrayed } from './types.js';

/** Slides shown: those on which the small lesion is found worst. */
const MOST = 3;

/** A slide with a large and a small lesion and how well a map finds the tiles of each, as ranks: 0.5 is chance, 1 the best. */
export interface Found {
  readonly uneven: UnevenSlide;
  readonly large: number;
  readonly small: number;
}

/** Every uneven slide of a run with the mean rank of each lesion's tiles among the slide's unlabelled ones. */
export function foundLesions(run: Portrayed): Found[] {
  return unevenSlides(run.slides).flatMap((uneven): Found[] => {
    const map = uneven.slide.maps.at(-1);
    if (!map) return [];
    const others = Array.from(map).filter((_, i) => !uneven.slide.instances![i]);
    if (others.length === 0) return [];
    const rank = (tiles: readonly number[]): number =>
      tiles.reduce((sum, i) => sum + rankIn(others, map[i]!), 0) / tiles.length;
    return [{ uneven, large: rank(uneven.large), small: rank(uneven.small) }];
  });
}

/** Share of values below `value`, ties as halves. */
function rankIn(values: readonly number[], value: number): number {
  const below = values.filter((other) => other < value).length;
  const equal = values.filter((other) => other === value).length;
  return (below + equal / 2) / values.length;
}

/** Maps of the slides on which the small lesion is found worst beside a large one. */
export function failureCharts(gallery: Gallery): Chart[] {
  const run = gallery.runs.at(-1);
  if (!run) return [];
  const all = foundLesions(run);
  const worst = [...all].sort((a, b) => a.small - b.small).slice(0, MOST);
  if (worst.length === 0) return [];
  const width = Math.floor((620 - 16 * (worst.length - 1)) / worst.length);
  const top = topOf(worst.map(({ uneven }) => uneven.slide.maps.at(-1)!));
  const panels = worst.flatMap(
    ({ uneven: { slide, large, small }, ...rank }) =>
      mapPanel({
        title: `${slide.id}: ${count(large.length, 'tile')} ${fixed(rank.large, 2)}, ${count(small.length, 'tile')} ${fixed(rank.small, 2)}`,
        width,
        slide,
        map: slide.maps.at(-1)!,
        top,
      }) ?? [],
  );
  const title = `Small lesions beside large ones: ${gallery.cohort}`;
  const alt = `${title}. Maps of ${listing(worst.map(({ uneven }) => uneven.slide.id))} with their lesions outlined.`;
  const mean = (read: (found: Found) => number): number => all.reduce((sum, f) => sum + read(f), 0) / all.length;
  return [
    {
      id: 'failures',
      title,
      alt,
      caption: `${run.label}, last epoch, split ${run.split}, seed ${run.seed}. The ${count(worst.length, 'test slide')} whose largest lesion is at least three times the smallest, and on which the smallest is found worst. In each head the size of the largest and of the smallest lesion, each with the mean rank of its tiles among the unlabelled ones (0.5: chance, 1: above all). Over all ${count(all.length, 'such slide')} these ranks are ${fixed(
        mean(({ large }) => large),
        2,
      )} and ${fixed(
        mean(({ small }) => small),
        2,
      )}.`,
      spec: {
        ...frameOf(`${count(all.length, 'slide')} with several lesions; one run`, title, alt),
        hconcat: panels,
        spacing: 16,
        resolve: { scale: { color: 'shared' } },
      } as unknown as TopLevelSpec,
    },
  ];
}
