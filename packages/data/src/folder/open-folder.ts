import { resolve } from 'node:path';
import { type Bag, type Cohort, UserError } from '@asmil/core';
import type { FileFormat } from '../features/file.js';
import { formatOf } from '../features/open-file.js';
import { inspectSlide, readPositions } from '../features/read-slide.js';
import type { SlideFiles, SlideHeader } from '../features/slide.js';
import { shown } from '../files/shown.js';
import type { Polygon, SlideCohort } from '../slide-cohort.js';
import { listed, type Problem, type Report, throwing } from '../tables/problem.js';
import { fingerprintOf } from './fingerprint.js';
import { type FolderSlide, loadSlide } from './folder-slide.js';
import { frameOf, polygonToTiles } from './frame.js';
import { absentText, bagsOf, dimOf, matchRows, noLabelText, otherWidth, unlabelledText } from './join.js';
import { readManifest } from './manifest.js';
import type { Annotations, FolderOptions } from './options.js';
import { cohortName, type Scan, scanFolder } from './scan.js';
import { readTables } from './tables.js';

/** A cohort of a person's own features. */
export interface FolderCohort extends Cohort {
  /** What was left out or assumed, one line each. */
  readonly warnings: readonly string[];
  /** Slides without a sound label, a line each, where they are to be kept apart (`onBadSlide: 'keep'`); else empty. */
  readonly problems: readonly Problem[];
  /** Whether every slide has coordinates, which maps need. */
  readonly coords: boolean;
  /** Whether some slide's tiles are labelled, which measures of localisation need. */
  readonly instanceLabels: boolean;
  /** Loads a slide of the list with its places at level 0. Throws as `load` does. */
  slide(id: string): Promise<FolderSlide>;
}

/**
 * Opens a folder of features (or one file of many slides) as a cohort. Headers of all labelled slides are read; features when
 * a bag is loaded. Throws a `UserError` of one line for whatever keeps it from being one: files that cannot be read, widths
 * that differ, labels that are no class, splits that leak.
 */
export async function openFolder(
  path: string,
  options: FolderOptions = {},
  annotations?: Annotations,
): Promise<FolderCohort | (FolderCohort & SlideCohort)> {
  const warnings: string[] = [];
  const problems: Problem[] = [];
  const keep = options.onBadSlide === 'keep';
  const strict = throwing(warnings);
  const report: Report = (problem) =>
    keep && problem.level === 'error' && problem.slide !== undefined ? problems.push(problem) : strict(problem);
  const scan = await scanFolder(resolve(path), options.features, report);
  warnings.push(...scan.notes);
  const manifest = await readManifest(scan.dir);
  const tables = await readTables(scan, manifest, options, report);
  const matched = matchRows(scan, tables, report);
  if (matched && matched.absent.length > 0) warnings.push(absentText(matched.absent, tables.labelsFrom));

  const without = (ids: readonly string[]): void => {
    if (ids.length > 0 && !keep) warnings.push(unlabelledText(ids, tables.labelsFrom));
    for (const id of keep ? ids : []) {
      const message = noLabelText(id, scan.slides.get(id)!.features.name, tables.labelsFrom);
      problems.push({ level: 'error', slide: id, message });
    }
  };
  without(matched?.unlabelled ?? []);
  const headers = await inspectAll(
    scan,
    [...scan.slides.keys()].filter((id) => !matched || matched.rows.has(id)),
    options,
    report,
  );
  if (!matched) without(headers.filter(({ label }) => label === undefined).map(({ id }) => id));
  const { bags, classes } = bagsOf(headers, matched, tables, scan, report);
  if (bags.length === 0)
    throw new UserError(
      `${shown(path)}: none of its ${scan.slides.size} slides has a label in ${tables.labelsFrom}; give a table with --labels FILE`,
    );
  const labelled = new Set(bags.map(({ id }) => id));
  const used = headers.filter(({ id }) => labelled.has(id));
  const full = used.filter(({ n }) => n > 0);
  const dim = dimOf(full, scan, keep ? () => {} : report);
  if (!tables.patients) warnings.push('patients are not named: every slide counts as a patient of its own');

  const { tile, nonFinite } = options;
  const byId = new Map(used.map((header) => [header.id, header]));
  const fingerprint = await fingerprintOf({
    ...{ bags, classes, headers: byId, files: scan.slides },
    settings: { tile, nonFinite, annotations: annotations?.fingerprint },
    splits: tables.splits(bags, 0, strict),
  });
  const name = cohortName(resolve(path));
  const formats = [...new Set(full.map(({ format }) => format))].map((format) => FORMAT_NAMES[format]);
  const loadOwn = async (id: string): Promise<FolderSlide> => {
    const files = fileOf(scan, id, name);
    const slide = await loadSlide(files, options);
    if (slide.d !== dim)
      throw new UserError(`slide ${id}: ${files.features.name}: ${otherWidth(slide.d, dim, 'the others')}`);
    const drawn = slide.instanceLabels ?? (annotations && (await annotations.of(id, drawnOn(slide)))?.tileLabels);
    return { ...slide, ...(drawn ? { instanceLabels: drawn } : {}) };
  };
  const cohort: FolderCohort = {
    name,
    title: manifest.title ?? `Own features: ${name.slice('own-'.length)}`,
    simulated: manifest.simulated,
    provenance:
      `${manifest.provenance ? `${manifest.provenance.replace(/\.?$/, '.')} ` : ''}Read from ${formats.join(' and ')} files, ` +
      `labels from ${tables.labelsFrom}, splits from ${tables.splitsFrom}; the fingerprint is of samples of the files.`,
    classes,
    dim,
    bags: bags.map(({ n, ...bag }) => (n === 0 ? bag : { ...bag, n })),
    fingerprint,
    ...tileOf(full, manifest.mpp),
    warnings,
    problems,
    coords: full.every(({ coords }) => coords),
    instanceLabels: annotations !== undefined || used.some(({ instanceLabels }) => instanceLabels),
    splits: (splitSeed) => tables.splits(bags, splitSeed, throwing([])),
    slide: loadOwn,
    async load(id): Promise<Bag> {
      const label = bags.find((bag) => bag.id === id)?.label;
      const { n, d, features, coords, instanceLabels } = await loadOwn(id);
      if (label === undefined)
        throw new UserError(noLabelText(id, fileOf(scan, id, name).features.name, tables.labelsFrom));
      return { ...{ id, n, d, features, label }, ...(coords && { coords }), ...(instanceLabels && { instanceLabels }) };
    },
  };
  if (!annotations) return cohort;
  return {
    ...cohort,
    async outlines(id): Promise<Polygon[]> {
      const annotation = await annotations.of(id);
      if (!annotation || annotation.outlines.length === 0) return [];
      const frame = frameOf(await readPositions(fileOf(scan, id, name)), tile);
      return frame ? annotation.outlines.map((outline) => polygonToTiles(outline, frame)) : [];
    },
  };
}

const FORMAT_NAMES: Readonly<Record<FileFormat, string>> = {
  hdf5: '.h5',
  pt: '.pt',
  npy: '.npy',
  npz: '.npz',
  safetensors: '.safetensors',
  csv: '.csv',
};

/** A slide whose header cannot be read, or that has no tiles. */
const empty = (id: string, path: string): SlideHeader => ({
  ...{
    id,
    format: formatOf(path)!,
    n: 0,
    dim: 0,
    type: 'float32',
    coords: false,
    instanceLabels: false,
    attributes: {},
  },
});

/** Headers of slides that have tiles; of all where they are to be kept. */
async function inspectAll(
  scan: Scan,
  ids: readonly string[],
  { onBadSlide }: FolderOptions,
  report: Report,
): Promise<SlideHeader[]> {
  const headers: SlideHeader[] = [];
  const without: string[] = [];
  for (const id of ids) {
    try {
      const header = await inspectSlide(scan.slides.get(id)!);
      if (header.n === 0 && onBadSlide !== 'keep') without.push(id);
      else headers.push(header);
    } catch (error) {
      if (!(error instanceof UserError) || (onBadSlide ?? 'error') === 'error') throw error;
      if (onBadSlide === 'keep') headers.push(empty(id, scan.slides.get(id)!.features.path));
      else report({ level: 'warning', slide: id, message: `left out: ${error.message}` });
    }
  }
  if (without.length > 0) report({ level: 'warning', message: `left out, since without tiles: ${listed(without)}` });
  return headers;
}

function fileOf(scan: Scan, id: string, name: string): SlideFiles {
  const files = scan.slides.get(id);
  if (files) return files;
  throw new UserError(`${name}: no slide ${shown(id)} in it`);
}

/** What a unit of the bags' coordinates is, where all slides agree. */
function tileOf(headers: readonly SlideHeader[], mpp: number | undefined): Pick<Cohort, 'tile'> {
  const first = headers[0]?.tile;
  if (!first || !headers.every(({ tile }) => tile?.px === first.px)) return {};
  const wide = headers.every(({ tile }) => tile?.level0 === first.level0);
  return { tile: { px: first.px, ...(mpp !== undefined && wide ? { um: mpp * first.level0 } : {}) } };
}

/** What annotations are told of a slide. */
const drawnOn = ({ n, places }: FolderSlide): Parameters<Annotations['of']>[1] => ({
  n,
  ...(places ? { positions: places.positions, tile: { level0: places.side, px: places.side } } : {}),
});
