import { createRng, type Split } from '@asmil/core';
import type { Scale } from '../registry.js';
import { CAMELYON17_PATIENTS, camelyon16Val, type SimName, type SlideEntry } from './cohort-shape.js';

const ids = (slides: readonly SlideEntry[]): string[] => slides.map((s) => s.id);

/** Five random 90/10 splits of the development slides, the class proportions kept; one test set. */
function camelyon16(slides: readonly SlideEntry[], scale: Scale, splitSeed: number): Split[] {
  const pool = slides.filter((s) => s.part === 'pool');
  const test = ids(slides.filter((s) => s.part === 'test'));
  return [1, 2, 3, 4, 5].map((index) => {
    const rng = createRng(splitSeed, 'camelyon16-sim', 'split', index);
    const val = new Set(
      camelyon16Val(scale).flatMap((count, label) =>
        rng.shuffle(ids(pool.filter((s) => s.label === label))).slice(0, count),
      ),
    );
    return {
      name: `split${index}`,
      train: ids(pool).filter((id) => !val.has(id)),
      val: ids(pool).filter((id) => val.has(id)),
      test,
    };
  });
}

/** How often validation patients are drawn again for want of a class. */
const DRAWS = 200;

/**
 * Training centres 0–2, test centres 3–4; a tenth of the training patients for validation. Whole patients: the
 * published protocol draws single slides, which puts one patient's nodes on both sides. Of up to 200 draws the first
 * is taken that leaves every class in both parts (otherwise the one that has the most classes).
 */
function camelyon17(slides: readonly SlideEntry[], scale: Scale, splitSeed: number): Split[] {
  const pool = slides.filter((s) => s.part === 'pool');
  const patients = [...new Set(pool.map((s) => s.group))];
  const rng = createRng(splitSeed, 'camelyon17-sim', 'split');
  let best: Set<string> | undefined;
  let most = 0;
  for (let i = 0; i < DRAWS && most < 8; i++) {
    const chosen = new Set(rng.shuffle(patients).slice(0, CAMELYON17_PATIENTS[scale].val));
    const classes = (held: boolean): number =>
      new Set(pool.filter((s) => chosen.has(s.group) === held).map((s) => s.label)).size;
    const count = classes(true) + classes(false);
    if (count > most) [best, most] = [chosen, count];
  }
  return [
    {
      name: 'centres',
      train: ids(pool.filter((s) => !best!.has(s.group))),
      val: ids(pool.filter((s) => best!.has(s.group))),
      test: ids(slides.filter((s) => s.part === 'test')),
    },
  ];
}

/** The cohort's own splits for one seed. BRACS has one fixed split. */
export function makeSplits(name: SimName, slides: readonly SlideEntry[], scale: Scale, splitSeed: number): Split[] {
  if (name === 'camelyon16-sim') return camelyon16(slides, scale, splitSeed);
  if (name === 'camelyon17-sim') return camelyon17(slides, scale, splitSeed);
  const part = (which: SlideEntry['part']): string[] => ids(slides.filter((s) => s.part === which));
  return [{ name: 'official', train: part('train'), val: part('val'), test: part('test') }];
}
