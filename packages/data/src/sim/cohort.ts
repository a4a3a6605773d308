import { createHash } from 'node:crypto';
import { type Bag, UserError } from '@asmil/core';
import type { CohortOptions } from '../registry.js';
import type { Polygon, SlideCohort } from '../slide-cohort.js';
import { listSlides, type SimName, type SlideEntry, TILES, tileUm } from './cohort-shape.js';
import { DIFFICULTY } from './difficulty.js';
import { ENCODERS, Encoder, HIDDEN } from './encoder.js';
import { createSlide, type SimSlide, type SlideSetting } from './slide.js';
import { makeSplits } from './splits.js';
import { createWorld, LATENT, referenceSample, SPREAD } from './world.js';

/** Raised when the same settings would give other features. */
export const GENERATOR_VERSION = 1;

interface SimSpec {
  /** As in "Simulated … cohort". */
  readonly likeness: string;
  readonly seed: number;
  readonly centres: number;
  readonly classes: readonly string[];
}

export const SIM_SPECS: Readonly<Record<SimName, SimSpec>> = {
  'camelyon16-sim': { likeness: 'CAMELYON16-like', seed: 16, centres: 1, classes: ['normal', 'tumour'] },
  'camelyon17-sim': {
    likeness: 'CAMELYON17-like',
    seed: 17,
    centres: 5,
    classes: ['negative', 'ITC', 'micro-metastasis', 'macro-metastasis'],
  },
  'bracs-sim': { likeness: 'BRACS-like', seed: 3, centres: 1, classes: ['benign', 'atypical', 'malignant'] },
};

/** A simulated cohort, with its slides' layout for those who want places without features. */
export interface SimCohort extends SlideCohort {
  /** Lays out one slide; features are made by its `features`. Throws `UserError` for an unknown id. */
  slide(id: string): SimSlide;
}

/**
 * Opens a simulated cohort. Nothing is read or kept: `load` makes a bag anew each time it is called.
 * `separation` overrides the frozen difficulty (calibration and studies of difficulty).
 */
export function openSimulated(name: SimName, options: CohortOptions, separation?: number): SimCohort {
  const spec = SIM_SPECS[name];
  const encoderName = options.encoder ?? 'vit-s';
  const encoderSpec = ENCODERS[encoderName];
  const frozen = DIFFICULTY[name][encoderName];
  const distance = separation ?? frozen?.separation;
  if (!encoderSpec || distance === undefined || !TILES[options.scale]) {
    const encoders = Object.keys(DIFFICULTY[name]).join(', ');
    throw new UserError(
      `${name}: found scale '${options.scale}' and encoder '${encoderName}'; choose quick, standard or paper, and one of ${encoders}.`,
      2,
    );
  }
  const um = tileUm(options.scale);
  const world = createWorld(spec.seed, spec.centres);
  const encoder = new Encoder(encoderSpec, LATENT, referenceSample(world, spec.seed));
  const setting: SlideSetting = {
    cohort: name,
    seed: spec.seed,
    world,
    encoder,
    separation: distance,
    tileMm: um / 1000,
  };
  const slides = listSlides(name, spec.seed, options.scale);
  const byId = new Map(slides.map((s) => [s.id, s]));
  const find = (id: string): SlideEntry => {
    const entry = byId.get(id);
    if (entry) return entry;
    throw new UserError(
      `${name}: no slide '${id}'; ids run from '${slides[0]!.id}' to '${slides.at(-1)!.id}' at scale ${options.scale}.`,
    );
  };
  const content = {
    generator: GENERATOR_VERSION,
    name,
    scale: options.scale,
    encoder: encoderName,
    encoderSpec,
    spec,
    separation: distance,
    latent: LATENT,
    hidden: HIDDEN,
    spread: SPREAD,
    slides,
  };
  const calibration =
    separation === undefined && frozen && frozen.reached !== null
      ? `calibrated so that plain ABMIL lands near the paper's value (at standard size it reached test macro AUC ${frozen.reached.toFixed(3)})`
      : 'not calibrated';
  return {
    name,
    title: `Simulated ${spec.likeness} cohort (${encoderSpec.label}-like features, ${options.scale} size)`,
    simulated: true,
    provenance:
      `Simulated, no patient data: generator version ${GENERATOR_VERSION}, cohort seed ${spec.seed}, scale ${options.scale}, ` +
      `${encoderSpec.label}-like features, lesion-to-mimic separation ${distance}, ${calibration}.`,
    classes: spec.classes,
    dim: encoder.dim,
    bags: slides.map(({ id, label, group, n }) => ({ id, label, group, n })),
    fingerprint: createHash('sha256').update(JSON.stringify(content)).digest('hex'),
    tile: { px: 256, um },
    splits: (splitSeed) => makeSplits(name, slides, options.scale, splitSeed),
    slide: (id) => createSlide(setting, find(id)),
    async load(id): Promise<Bag> {
      const entry = find(id);
      const { n, coords, instanceLabels, features } = createSlide(setting, entry);
      const out = new Float32Array(n * encoder.dim);
      features(0, n, out);
      return { id, n, d: encoder.dim, features: out, coords, label: entry.label, instanceLabels };
    },
    async outlines(id): Promise<Polygon[]> {
      return createSlide(setting, find(id)).lesions.map((lesion) => ({ rings: [lesion.ring] }));
    },
  };
}
