import { resolve } from 'node:path';
import { type Bag, type Cohort, UserError } from '@asmil/core';
import type { FileFormat } from '../features/file.js';
import { inspectSlide, readPositions, readSlide } from '../features/read-slide.js';
import type { SlideFiles, SlideHeader } from '../features/slide.js';
import { shown } from '../files/shown.js';
import type { Polygon, SlideCohort } from '../slide-cohort.js';
import { listed, type Report, throwing } from '../tables/problem.js';
import { fingerprintOf } from './fingerprint.js';
import { frameOf, polygonToTiles, toTiles } from './frame.js';
import { absentText, bagsOf, dimOf, matchRows, unlabelledText } from './join.js';
import { readManifest } from './manifest.js';
import type { Annotations, FolderOptions } from './options.js';
import { cohortName, type Scan, scanFolder } from './scan.js';
import { readTables } from './tables.js';

/** A cohort of a person's own features. */
export interface FolderCohort extends Cohort {
  /** What was left out or assumed, one line each. */
  readonly warnings: readonly string[];
  /** Whether every slide has coordinates, which maps need. */
  readonly coords: boolean;
  /** Whether some slide's tiles are labelled, which measures of localisation need. */
  readonly instanceLabels: boolean;
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
  const report = throwing(warnings);
  const scan = await scanFolder(resolve(path), options.features, report);
  warnings.push(...scan.notes);
  const manifest = await readManifest(scan.dir);
  const tables = await readTables(scan, manifest, options, report);
  const matched = matchRows(scan, tables, report);
  if (matched && matched.absent.length > 0) warnings.push(absentText(matched.absent, tables.labelsFrom));
  if (matched && matched.unlabelled.length > 0) warnings.push(unlabelledText(matched.unlabelled, tables.labelsFrom));

  const headers = await inspectAll(
    scan,
    [...scan.slides.keys()].filter((id) => !matched || matched.rows.has(id)),
    options,
    report,
  );
  const unlabelled = matched ? [] : headers.filter(({ label }) => label === undefined).map(({ id }) => id);
  if (unlabelled.length > 0) warnings.push(unlabelledText(unlabelled, tables.labelsFrom));
  const { bags, classes } = bagsOf(headers, matched, tables, scan, report);
  if (bags.length === 0)
    throw new UserError(
      `${shown(path)}: none of its ${scan.slides.size} slides has a label in ${tables.labelsFrom}; give a table with --labels FILE`,
    );
  const labelled = new Set(bags.map(({ id }) => id));
  const used = headers.filter(({ id }) => labelled.has(id));
  const dim = dimOf(used, scan, report);
  if (!tables.patients) warnings.push('patients are not named: every slide counts as a patient of its own');

  const { tile, nonFinite } = options;
  const byId = new Map(used.map((header) => [header.id, header]));
  const fingerprint = await fingerprintOf({
    ...{ bags, classes, headers: byId, files: scan.slides },
    settings: { tile, nonFinite, annotations: annotations?.fingerprint },
    splits: tables.splits(bags, 0, report),
  });
  const name = cohortName(resolve(path));
  const formats = [...new Set(used.map(({ format }) => format))].map((format) => FORMAT_NAMES[format]);
  const cohort: FolderCohort = {
    name,
    title: manifest.title ?? `Own features: ${name.slice('own-'.length)}`,
    simulated: manifest.simulated,
    provenance:
      `${manifest.provenance ? `${manifest.provenance.replace(/\.?$/, '.')} ` : ''}Read from ${formats.join(' and ')} files, ` +
      `labels from ${tables.labelsFrom}, splits from ${tables.splitsFrom}; the fingerprint is of samples of the files.`,
    classes,
    dim,
    bags,
    fingerprint,
    ...tileOf(used),
    warnings,
    coords: used.every(({ coords }) => coords),
    instanceLabels: annotations !== undefined || used.some(({ instanceLabels }) => instanceLabels),
    splits: (splitSeed) => tables.splits(bags, splitSeed, throwing([])),
    async load(id): Promise<Bag> {
      return loadBag(fileOf(scan, id, name), bags.find((bag) => bag.id === id)?.label, options, annotations);
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

/** Headers of slides that have tiles. */
async function inspectAll(
  scan: Scan,
  ids: readonly string[],
  { onBadSlide }: FolderOptions,
  report: Report,
): Promise<SlideHeader[]> {
  const headers: SlideHeader[] = [];
  const empty: string[] = [];
  for (const id of ids) {
    try {
      const header = await inspectSlide(scan.slides.get(id)!);
      if (header.n === 0) empty.push(id);
      else headers.push(header);
    } catch (error) {
      if (!(error instanceof UserError) || onBadSlide !== 'skip') throw error;
      report({ level: 'warning', slide: id, message: `left out: ${error.message}` });
    }
  }
  if (empty.length > 0) report({ level: 'warning', message: `left out, since without tiles: ${listed(empty)}` });
  return headers;
}

function fileOf(scan: Scan, id: string, name: string): SlideFiles {
  const files = scan.slides.get(id);
  if (files) return files;
  throw new UserError(`${name}: no slide ${shown(id)} in it`);
}

/** What a unit of the bags' coordinates is, where all slides agree. */
function tileOf(headers: readonly SlideHeader[]): Pick<Cohort, 'tile'> {
  const [first] = headers;
  const px = first?.tile?.px;
  return px !== undefined && headers.every(({ tile }) => tile?.px === px) ? { tile: { px } } : {};
}

async function loadBag(
  files: SlideFiles,
  label: number | undefined,
  options: FolderOptions,
  annotations: Annotations | undefined,
): Promise<Bag> {
  const slide = await readSlide(files, options);
  const { id, n, dim: d, features } = slide;
  if (label === undefined) throw new UserError(`slide ${id}: ${files.features.name}: it has no label`);
  if (n === 0)
    throw new UserError(
      `slide ${id}: ${files.features.name}: it has no tiles${slide.warnings.length > 0 ? ' with finite features' : ''}`,
    );
  const frame = frameOf(slide, options.tile);
  const instanceLabels = slide.tileLabels ?? (annotations && (await annotations.of(id, slide))?.tileLabels);
  return {
    ...{ id, n, d, features, label },
    ...(frame ? { coords: toTiles(slide.positions!, frame) } : {}),
    ...(instanceLabels ? { instanceLabels } : {}),
  };
}
