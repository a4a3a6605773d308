import { gridOf, regionsOf } from './grid.js';
import type { Slide } from './types.js';

/** More tiles than this make a picture too heavy. */
const MOST_TILES = 2500;

const share = (slide: Slide): number => slide.instances?.reduce((sum, v) => sum + v, 0) ?? 0;

/**
 * The slides that pictures show, chosen by a rule and not by their looks: of the bags of the first class without labelled
 * instances, and of those of the last class with some, the one of median size (of those that can be drawn).
 */
export function typicalSlides(slides: readonly Slide[]): {
  readonly normal: Slide | null;
  readonly lesion: Slide | null;
} {
  const labels = slides.map(({ label }) => label);
  const [first, last] = [Math.min(...labels), Math.max(...labels)];
  const drawn = slides.filter(
    ({ n, coords }) => n <= MOST_TILES && (coords !== null || slides.every((s) => !s.coords)),
  );
  const marked = drawn.some((slide) => share(slide) > 0);
  const lesions = drawn.filter((slide) => slide.label === last && (!marked || share(slide) > 0));
  return {
    normal: median(drawn.filter((slide) => slide.label === first && share(slide) === 0)),
    lesion: last === first ? null : median(lesions),
  };
}

function median(slides: readonly Slide[]): Slide | null {
  const sorted = [...slides].sort((a, b) => a.n - b.n || (a.id < b.id ? -1 : 1));
  return sorted[(sorted.length - 1) >> 1] ?? null;
}

/** A slide with a large and a small lesion: indices of the tiles of each. */
export interface UnevenSlide {
  readonly slide: Slide;
  readonly large: readonly number[];
  readonly small: readonly number[];
}

/** How many times as large as the smallest lesion the largest has to be. */
const UNEVEN = 3;

/** Slides with separate lesions of very different sizes, the most uneven first. */
export function unevenSlides(slides: readonly Slide[]): UnevenSlide[] {
  return slides
    .flatMap((slide): UnevenSlide[] => {
      const grid = slide.n <= MOST_TILES ? gridOf(slide) : null;
      const regions = grid ? regionsOf(grid, slide.instances) : [];
      const [large, small] = [regions[0] ?? [], regions.at(-1) ?? []];
      return regions.length < 2 || large.length < UNEVEN * small.length ? [] : [{ slide, large, small }];
    })
    .sort((a, b) => b.large.length / b.small.length - a.large.length / a.small.length);
}
