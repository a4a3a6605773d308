import type { SimName } from './cohort-shape.js';
import type { EncoderName } from './encoder-names.js';

/** How far lesions stand from their mimics in the latent space, and what that was measured to give. */
export interface Difficulty {
  /** Distance between lesion and mimic; larger is easier. */
  readonly separation: number;
  /** Mean test macro AUC of plain ABMIL in the calibration (`calibration.json`); null before it was run. */
  readonly reached: number | null;
}

/** What is not here was not simulated: the paper has no value to set it by. Written by `packages/experiments/src/cli/calibrate.ts` from `calibration.json`. */
export const DIFFICULTY: Readonly<Record<SimName, Readonly<Partial<Record<EncoderName, Difficulty>>>>> = {
  'camelyon16-sim': {
    'vit-s': { separation: 7.6, reached: 0.951 },
    resnet18: { separation: 4.05, reached: 0.7891 },
    'pathgen-clip': { separation: 8.5, reached: null },
    uni: { separation: 11, reached: null },
  },
  'camelyon17-sim': {
    'vit-s': { separation: 8.5, reached: 0.8546 },
    resnet18: { separation: 5.2, reached: 0.77 },
    'pathgen-clip': { separation: 8.5, reached: null },
    uni: { separation: 9.5, reached: null },
  },
  'bracs-sim': {
    'vit-s': { separation: 2.475, reached: 0.8731 },
    resnet18: { separation: 1.04, reached: 0.7246 },
  },
};
