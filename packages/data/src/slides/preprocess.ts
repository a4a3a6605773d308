import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@asmil/core';
import { openHdf5File } from '../features/formats/hdf5.js';
import type { Encoder } from './encoder/encoder.js';
import type { SlidePath } from './find-slides.js';
import type { Magnification } from './magnification.js';
import { preprocessSlide } from './preprocess-slide.js';
import { differences, type PreprocessSettings } from './provenance.js';
import { openSlide, type Slide } from './slide.js';

export interface PreprocessOptions {
  readonly settings: PreprocessSettings;
  readonly encoder: Encoder;
  readonly out: string;
  /** Magnification of slides that do not say theirs. */
  readonly assumed?: number;
  /** Take slides of a lower magnification than the tiles' and enlarge them. */
  readonly upsample?: boolean;
  /** Slides at once. */
  readonly jobs: number;
  /** Stop at the first slide that cannot be used. */
  readonly strict?: boolean;
  /** Make features anew that are there already, whatever made them. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  /** Told how many tiles of a slide are done, after each batch. */
  readonly progress?: (id: string, done: number, all: number) => void;
  /** Told when a slide is done or has failed. */
  readonly finished?: (outcome: SlideOutcome) => void;
}

export interface SlideOutcome {
  readonly id: string;
  /** `present`: features of the same settings were there already. */
  readonly state: 'written' | 'present' | 'failed';
  /** What went wrong: one line that names the file. */
  readonly message?: string;
  readonly tiles?: number;
  /** Side of a tile in pixels of level 0. */
  readonly side?: number;
  readonly magnification?: number;
  readonly seconds: number;
}

/**
 * Slides to features in CLAM's files below `out`, several at once. A slide that is there with the same settings is left as it
 * is, so that the same call goes on where it was stopped; one that is there with other settings fails. A slide that fails
 * leaves the others alone, and what was written stays. Outcomes come in the order of the slides; those that were not reached
 * are not among them. Throws what `signal` was aborted with.
 */
export async function preprocess(
  slides: readonly SlidePath[],
  { jobs, strict, signal, finished, ...options }: PreprocessOptions,
): Promise<SlideOutcome[]> {
  const outcomes = new Map<string, SlideOutcome>();
  const stop = new AbortController();
  const either = AbortSignal.any(signal ? [signal, stop.signal] : [stop.signal]);
  const queue = slides.values();
  const work = async (): Promise<void> => {
    for (const slide of queue) {
      if (either.aborted) return;
      const outcome = await outcomeOf(slide, { ...options, signal: either });
      if (outcome === undefined) return;
      outcomes.set(slide.id, outcome);
      finished?.(outcome);
      if (strict && outcome.state === 'failed') stop.abort();
    }
  };
  const workers = Array.from({ length: Math.max(1, jobs) }, work);
  try {
    await Promise.all(workers);
  } finally {
    stop.abort();
    await Promise.allSettled(workers);
  }
  signal?.throwIfAborted();
  return slides.flatMap(({ id }) => outcomes.get(id) ?? []);
}

type Each = Omit<PreprocessOptions, 'jobs' | 'strict' | 'finished'>;

/** Undefined if it was stopped. */
async function outcomeOf({ id, path }: SlidePath, options: Each): Promise<SlideOutcome | undefined> {
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  const { settings, encoder, out, signal } = options;
  try {
    const slide = await openSlide(path);
    const magnification = magnificationOf(slide, options.assumed);
    const side = sideOf(slide, magnification, settings, options.upsample);
    const told = { id, side, magnification: magnification.value };
    const tiles = options.overwrite ? undefined : await presentTiles(id, slide, magnification, options);
    if (tiles !== undefined) return { ...told, state: 'present', tiles, seconds: seconds() };
    const progress = (done: number, all: number) => options.progress?.(id, done, all);
    const job = { id, slide, magnification, side, settings, encoder, out, signal, progress };
    const found = await preprocessSlide(job);
    return { ...told, state: 'written', tiles: found.tiles, seconds: seconds() };
  } catch (error) {
    if (signal?.aborted) return undefined;
    if (!(error instanceof UserError)) throw error;
    return { id, state: 'failed', message: error.message, seconds: seconds() };
  }
}

function magnificationOf({ name, magnification }: Slide, assumed: number | undefined): Magnification {
  if (magnification) return magnification;
  if (assumed !== undefined) return { value: assumed, from: 'option' };
  throw new UserError(
    `${name}: does not say its magnification; give it with --magnification, e.g. 40 for 0.25 µm a pixel`,
  );
}

function sideOf(slide: Slide, { value }: Magnification, { tile }: PreprocessSettings, upsample = false): number {
  if (value < tile.magnification && !upsample)
    throw new UserError(
      `${slide.name}: scanned at ${value}x, less than the ${tile.magnification}x of the tiles; lower --target, or enlarge with --allow-upsampling`,
    );
  return Math.max(1, Math.round((tile.pixels * value) / tile.magnification));
}

/** How many tiles there are already of the same slide and settings. Throws a `UserError` for features of others. */
async function presentTiles(
  id: string,
  { name, bytes }: Slide,
  { value }: Magnification,
  { out, settings }: Each,
): Promise<number | undefined> {
  const path = join(out, 'h5_files', `${id}.h5`);
  if (!(await stat(path).catch(() => undefined))) return undefined;
  const mend = 'give another --out, or --overwrite';
  const file = await openHdf5File(path, path).catch((error: Error) => {
    throw new UserError(`${name}: there are features already that cannot be read (${error.message}); ${mend}`);
  });
  try {
    const differ = differences(file.attributes.provenance, { settings, slide: { bytes, magnification: value } });
    if (differ === undefined) throw new UserError(`${name}: ${path} was made by another program; ${mend}`);
    if (differ.length > 0)
      throw new UserError(`${name}: ${path} was made with other settings (${differ.join(', ')}); ${mend}`);
    return (await file.array('features'))?.shape[0];
  } finally {
    await file.close();
  }
}
