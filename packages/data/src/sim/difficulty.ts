import type { SimName } from './cohort-shape.js';
import type { EncoderName } from './encoder.js';

/** How far lesions stand from their mimics in the latent space, and what that was measured to give. */
export interface Difficulty {
  /** Distance between lesion and mimic; larger is easier. */
  readonly separation: number;
  /** Mean test macro AUC of plain ABMIL in the calibration (`calibration.json`); null before it was run. */
  readonly reached: number | null;
}

/** Written by `packages/experiments/src/cli/calibrate.ts` from `calibration.json`. */
export const DIFFICULTY: Readonly<Record<SimName, Readonly<Record<EncoderName, Difficulty>>>> = {
  'camelyon16-sim': {
    'vit-s': { separation: 7.6, reached: 0.951 },
    resnet18: { separation: 4.05, reached: 0.7891 },
  },
  'camelyon17-sim': {
    'vit-s': { separation: 8.5, reached: 0.8546 },
    resnet18: { separation: 5.2, reached: 0.77 },
  },
  'bracs-sim': {
    'vit-s': { separation: 2.475, reached: 0.8731 },
    resnet18: { separation: 1.04, reached: 0.7246 },
  },
};
