import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BagInfo, type Cohort, type Split, UserError, writeFileWhole } from '@asmil/core';
import { stringify } from 'csv-stringify/sync';
import { MANIFEST, type Manifest } from '../folder/manifest.js';
import { isSlideCohort } from '../slide-cohort.js';
import { nameFault } from '../tables/slide-name.js';
import { asapXml } from './asap.js';
import { writeClamH5 } from './clam-h5.js';

export interface ExportOptions {
  /** Whose splits are written. */
  readonly splitSeed: number;
  /** How many slides, of every class and side of the first split in turn; default all. */
  readonly slides?: number;
  /** Told before each slide. */
  readonly progress?: (done: number, all: number, id: string) => void;
}

export interface Exported {
  readonly slides: number;
  readonly splits: number;
  /** Slides with outlined lesions. */
  readonly annotations: number;
}

/** Tiles of simulated cohorts are this wide at level 0, in pixels, where the cohort does not say. */
const SIDE = 256;

/**
 * Writes a simulated cohort as CLAM's files: `h5_files/`, `patches/`, `dataset.csv`, `splits/`, ASAP annotations of outlined
 * lesions, and `cohort.json`, which keeps that it is simulated and the order of the classes. `openFolder` gives the same bags
 * again, bit for bit. Throws `UserError` for a cohort of real data, whose terms and scaling by fold do not carry over.
 */
export async function exportCohort(cohort: Cohort, dir: string, options: ExportOptions): Promise<Exported> {
  const { splitSeed, slides, progress } = options;
  if (!cohort.simulated)
    throw new UserError(
      `${cohort.name} is not simulated: its data stay under their own terms; export a simulated cohort`,
      2,
    );
  if ((await readdir(dir).catch(() => [])).length > 0)
    throw new UserError(`${dir}: there are files in it, which would be mixed with the new ones; give a new folder`, 2);
  const all = cohort.splits(splitSeed);
  const bags = choose(cohort, all[0]!, slides);
  const splits = all.map((split) => restrict(split, bags));
  const side = cohort.tile?.px ?? SIDE;
  let annotations = 0;
  for (const [done, { id }] of bags.entries()) {
    progress?.(done, bags.length, id);
    const fault = nameFault(id);
    if (fault) throw new UserError(`${cohort.name}: ${fault}`);
    const { n, d, features, coords, instanceLabels } = await cohort.load(id, all[0]!);
    const positions = coords && Int32Array.from(coords, (place) => place * side);
    await writeClamH5(dir, { id, n, dim: d, features, positions, tileLabels: instanceLabels, side });
    const outlines = isSlideCohort(cohort) ? await cohort.outlines(id) : [];
    if (outlines.length === 0) continue;
    annotations++;
    const pixels = outlines.map(({ rings }) => ({
      rings: rings.map((ring) => ring.map(([x, y]) => [x * side, y * side] as [number, number])),
    }));
    await writeFileWhole(join(dir, 'annotations', `${id}.xml`), asapXml(pixels));
  }
  const { title, simulated, provenance, classes, tile } = cohort;
  const mpp = tile?.um === undefined ? {} : { mpp: tile.um / side };
  const manifest: Manifest = { format: 1, title, simulated, provenance, ...mpp, classes: [...classes] };
  await writeFileWhole(join(dir, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  const rows = bags.map(({ id, label, group }) => [group, id, classes[label]!]);
  await writeFileWhole(join(dir, 'dataset.csv'), stringify([['case_id', 'slide_id', 'label'], ...rows]));
  for (const [k, split] of splits.entries()) {
    await writeFileWhole(join(dir, 'splits', `splits_${k}.csv`), splitCsv(split));
    await writeFileWhole(join(dir, 'splits', `splits_${k}_bool.csv`), boolCsv(split));
  }
  return { slides: bags.length, splits: splits.length, annotations };
}

const SIDES = ['train', 'val', 'test'] as const;

/** Slides of every class and side in turn, so that a few of them can be trained on. */
function choose({ bags, name }: Cohort, split: Split, count = bags.length): readonly BagInfo[] {
  if (count >= bags.length) return bags;
  const sideOf = new Map(SIDES.flatMap((side) => split[side].map((id) => [id, side] as const)));
  const kinds = new Map<string, BagInfo[]>();
  for (const bag of bags) {
    const key = `${SIDES.indexOf(sideOf.get(bag.id) ?? 'train')} ${bag.label}`;
    const list = kinds.get(key);
    if (list) list.push(bag);
    else kinds.set(key, [bag]);
  }
  const queues = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, list]) => list);
  if (count < queues.length)
    throw new UserError(
      `--slides ${count}: ${name} needs at least ${queues.length}, one of every class on every side`,
      2,
    );
  const chosen = new Set<string>();
  for (let turn = 0; chosen.size < count; turn++)
    for (const bag of queues.map((queue) => queue[turn])) if (bag && chosen.size < count) chosen.add(bag.id);
  return bags.filter(({ id }) => chosen.has(id));
}

function restrict(split: Split, bags: readonly BagInfo[]): Split {
  const there = new Set(bags.map(({ id }) => id));
  const part = (ids: readonly string[]): string[] => ids.filter((id) => there.has(id));
  return { name: split.name, train: part(split.train), val: part(split.val), test: part(split.test) };
}

/** CLAM's `splits_k.csv`: an index, then columns of unequal length. */
function splitCsv(split: Split): string {
  const rows = Array.from({ length: Math.max(...SIDES.map((side) => split[side].length)) }, (_, i) => [
    String(i),
    ...SIDES.map((side) => split[side][i] ?? ''),
  ]);
  return stringify([['', ...SIDES], ...rows]);
}

/** CLAM's `splits_k_bool.csv`: a row a slide. */
function boolCsv(split: Split): string {
  const rows = SIDES.flatMap((side) =>
    split[side].map((id) => [id, ...SIDES.map((s) => (s === side ? 'True' : 'False'))]),
  );
  return stringify([['', ...SIDES], ...rows]);
}
