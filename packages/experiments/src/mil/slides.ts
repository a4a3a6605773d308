import { existsSync } from 'node:fs';
import type { Features } from '@asmil/baselines';
import { type Cohort, UserError } from '@asmil/core';
import { type FolderSlide, type FolderSlides, openSlides } from '@asmil/data';
import { openSource, type SourceFlags, sourceFolder } from './source.js';
import type { Unusable } from './unusable.js';

/** A slide to predict: its numbers, and where its tiles are. */
export interface NamedSlide extends Features {
  readonly id: string;
  /** Upper left corners of the tiles, [N, 2], in `unit`s; empty without coordinates. */
  readonly places: ArrayLike<number>;
  /** Side of a tile in the same unit. */
  readonly side: number;
  readonly unit: string;
  /** Whether nothing of it comes from a patient. */
  readonly simulated: boolean;
  /** Width and height of the whole slide in the same unit, where that is known. */
  readonly extent?: readonly [number, number];
}

/** Loads one slide. */
export type OpenSlide = () => Promise<NamedSlide>;

/**
 * The slides that words of a command line mean: names in `--data`, files of features, and folders of them, for all of their
 * slides. Labels are not needed. What cannot be found is told to `unusable`.
 */
export async function* namedSlides(
  words: readonly string[],
  flags: SourceFlags,
  say: (line: string) => void,
  unusable: Unusable,
): AsyncGenerator<OpenSlide> {
  const folder = flags.data === undefined ? undefined : sourceFolder(flags);
  const own = folder && (await openSlides(folder.path, folder.options));
  const cohort = flags.data !== undefined && !own ? await openSource(flags, say, unusable) : undefined;
  const seen = new Set<string>();
  const from = function* (slides: FolderSlides, ids: readonly string[]): Generator<OpenSlide> {
    for (const id of ids)
      yield async () => {
        const slide = await slides.load(once(seen, id));
        for (const line of slide.warnings) say(`slide ${id}: ${line}`);
        return placed(slide, slides.simulated);
      };
  };
  for (const word of words) {
    if (cohort?.bags.some(({ id }) => id === word)) yield () => cohortSlide(cohort, once(seen, word));
    else if (own && (own.ids.includes(word) || !isPath(word))) yield* from(own, [word]);
    else if (/[/\\]/.test(word) && !existsSync(word)) unusable.tell(`${word}: no such file or folder`);
    else if (isPath(word)) {
      const slides = await unusable.attempt(() => openSlides(word, flags));
      if (slides) yield* from(slides, slides.ids);
    } else if (cohort) yield () => cohortSlide(cohort, word);
    else unusable.tell(`${word}: no such file; for the name of a slide say where it is: --data NAME or --data DIR`);
  }
}

const isPath = (word: string): boolean => /[/\\]/.test(word) || existsSync(word);

/** Files are named after slides, so that each may come once. */
function once(seen: Set<string>, id: string): string {
  if (seen.has(id)) throw new UserError(`slide ${id}: it is named twice, once is enough`);
  seen.add(id);
  return id;
}

function placed({ id, n, d, features, coords, places }: FolderSlide, simulated: boolean): NamedSlide {
  const { positions = [], side = 1, extent } = places ?? {};
  return {
    ...{ id, n, d, features, coords, places: positions, side, unit: 'level-0 pixel', simulated },
    ...(extent && { extent }),
  };
}

/** Slides by the names of a cohort. Throws `UserError` for a name that it does not have. */
export async function cohortSlide(cohort: Cohort, id: string): Promise<NamedSlide> {
  if (!cohort.bags.some((bag) => bag.id === id)) {
    throw new UserError(
      `${cohort.name}: no slide "${id}"; the first are ${cohort.bags
        .slice(0, 3)
        .map((bag) => bag.id)
        .join(', ')}`,
    );
  }
  const bag = await cohort.load(id, cohort.splits(0)[0]!);
  return { ...bag, places: bag.coords ?? [], side: 1, unit: 'tile', simulated: cohort.simulated };
}
