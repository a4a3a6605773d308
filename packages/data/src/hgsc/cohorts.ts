import { createHash } from 'node:crypto';
import type { BagInfo, Split } from '@asmil/core';
import type { CohortEntry } from '../registry.js';
import type { SlideCohort } from '../slide-cohort.js';
import { BAG_RULES, type BagCohort, type WindowBag } from './bags.js';
import { fetchHgsc, type HgscSlide, HOW_TO_FETCH, isHgscHere, loadSlide, loadTumourOutlines } from './cache.js';
import { TILE_PX } from './grid.js';
import { type PolygonTable, polygonsInWindow } from './outlines.js';
import { type BagReader, BLOCKS, createBagReader, WHOLE_SLIDE } from './slide.js';
import { HGSC_CREDIT, HGSC_KEY } from './source.js';
import { foldsOf } from './windows.js';

interface Description {
  readonly cohort: BagCohort | typeof WHOLE_SLIDE | typeof BLOCKS;
  /** What a bag is, for titles. */
  readonly bags: string;
  readonly classes: readonly string[];
  /** How bags and labels come about, for the provenance. */
  readonly rule: string;
}

/** Pixel size according to the project's tutorials (0.5 µm); no field of the files states it. */
const TILE_UM = 128;

const DESCRIPTIONS: Readonly<Record<string, Description>> = {
  'hgsc-needle': {
    cohort: 'needle',
    bags: 'needle bags (edited windows)',
    classes: ['without needles', 'with needles'],
    rule: 'Edited windows of 16 × 16 tiles: the tiles without tumour, and in positive bags 1 to 4 tumour tiles; all other tiles are left out.',
  },
  'hgsc-partial': {
    cohort: 'partial',
    bags: 'partial-tumour needle bags (edited windows)',
    classes: ['without needles', 'with needles'],
    rule: 'Edited windows of 16 × 16 tiles: the tiles without tumour, and in positive bags 2 to 10 tiles with 20 to 50 % tumour; all other tiles are left out.',
  },
  'hgsc-share3': {
    cohort: 'share3',
    bags: 'windows by share of tumour',
    classes: ['tumour below 20 %', 'tumour 20 to 50 %', 'tumour 50 % or more'],
    rule: 'Unedited windows of 16 × 16 tiles; the class is the share of tumour in the tissue. Mean pooling does as well as attention here.',
  },
  'hgsc-natural8': {
    cohort: 'natural8',
    bags: 'small windows with little or no tumour',
    classes: ['no tumour tile', 'up to 20 % tumour tiles'],
    rule: 'Unedited windows of 8 × 8 tiles; positive if at most a fifth of the tiles are tumour tiles, negative if none is. Mean pooling does as well as attention here.',
  },
  'hgsc-slide': {
    cohort: WHOLE_SLIDE,
    bags: 'the whole slide as one bag',
    classes: ['no tumour', 'tumour'],
    rule: 'All 32,826 tissue tiles as one bag, for heat maps, memory and speed; not for scores.',
  },
  'hgsc-blocks': {
    cohort: BLOCKS,
    bags: 'the needle bags (edited windows) for training, whole unedited blocks of the slide for testing',
    classes: ['no tumour', 'tumour'],
    rule: 'Models are trained on the needle bags (edited windows of 16 × 16 tiles) of some blocks of the slide and tested on other blocks: all tissue tiles of 44 × 44, nothing left out. A block is a tumour block if half of some tile or more is tumour.',
  },
};

/** Options beyond those of the registry. */
export interface HgscOptions {
  /** Append the eight features of the 3 × 3 tiles around (D = 68). A needle's neighbours then betray it. */
  readonly neighbourhood?: boolean;
}

/** A cohort from loaded tables; `outlines` is called once, when outlines are first asked for. */
export function hgscCohort(
  name: string,
  slide: HgscSlide,
  outlines: () => Promise<PolygonTable>,
  options: HgscOptions = {},
): SlideCohort {
  const { cohort, bags: what, classes, rule } = DESCRIPTIONS[name]!;
  const neighbourhood = options.neighbourhood ?? false;
  const reader = createBagReader(slide, { neighbourhood });
  const bags = cohort === BLOCKS ? [...reader.bags('needle'), ...reader.bags(BLOCKS)] : reader.bags(cohort);
  const splits = splitsOf(cohort, reader);
  let tumour: Promise<PolygonTable> | undefined;
  return {
    name,
    title: `HGSC, one slide of one patient: ${what}${neighbourhood ? ', with neighbourhood features' : ''}`,
    simulated: false,
    provenance: `${HGSC_CREDIT}. One slide, one patient: splits are spatial and say nothing about other patients. Labels: tumour region of the released segmentation. ${rule} Features: outlines of nuclei only. Tile size of ${TILE_UM} µm per the project's tutorial.`,
    classes,
    dim: reader.dim,
    bags: bags.map(infoOf),
    fingerprint: createHash('sha256')
      .update(JSON.stringify([HGSC_KEY, cohort, neighbourhood]))
      .digest('hex'),
    tile: { px: TILE_PX, um: TILE_UM },
    // Windows show fewer tiles than their place has, or call a tile with a little tumour free of it.
    ...(Object.hasOwn(BAG_RULES, cohort) && { truth: 'tiles' as const }),
    // The folds are part of the protocol: blocks of the slide, the same for every splitSeed.
    splits: () => splits,
    load: async (id, split) => reader.load(id, split),
    async outlines(id) {
      const { x, y, side } = reader.find(id);
      tumour ??= outlines();
      return polygonsInWindow(await tumour, { x, y, width: side, height: side });
    },
  };
}

const infoOf = (bag: WindowBag): BagInfo => ({
  id: bag.id,
  label: bag.label,
  group: bag.id === WHOLE_SLIDE ? WHOLE_SLIDE : `block-${bag.block}`,
  n: bag.tiles.length,
});

/** Five spatial folds; the whole slide has one split with nothing to train on. */
function splitsOf(cohort: Description['cohort'], reader: BagReader): readonly Split[] {
  if (cohort === WHOLE_SLIDE) return [{ name: 'whole', train: [], val: [], test: [WHOLE_SLIDE] }];
  if (cohort !== BLOCKS) return foldsOf(reader.bags(cohort));
  const blocks = foldsOf(reader.bags(BLOCKS));
  return foldsOf(reader.bags('needle')).map((fold, f) => ({ ...fold, test: blocks[f]!.test }));
}

/** Opens a cohort of the slide from the per-user cache. Throws `UserError` if it has not been fetched. */
export async function openHgsc(name: string, options: HgscOptions = {}): Promise<SlideCohort> {
  return hgscCohort(name, await loadSlide(), loadTumourOutlines, options);
}

/** The cohorts of the HGSC slide for the registry. All come with one fetch. */
export const hgscEntries: readonly CohortEntry[] = Object.entries(DESCRIPTIONS).map(([name, { bags }]) => ({
  name,
  summary: `real: ${bags}, from one ovarian carcinoma slide of one patient (HGSC)`,
  simulated: false,
  outlined: true,
  available: async () => ((await isHgscHere()) ? { ready: true } : { ready: false, how: HOW_TO_FETCH }),
  fetch: fetchHgsc,
  open: () => openHgsc(name),
}));
