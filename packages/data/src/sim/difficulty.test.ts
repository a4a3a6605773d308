import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { GENERATOR_VERSION, openSimulated } from './cohort.js';
import { DIFFICULTY } from './difficulty.js';

interface Stored {
  separation: number;
  reached: number;
  target: number;
  tolerance: number;
  withinTolerance: boolean;
  settings: { generator: number };
}
const file = fileURLToPath(new URL('./calibration.json', import.meta.url));
const stored: Record<string, Record<string, Stored>> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};

describe('difficulty', () => {
  for (const [name, encoders] of Object.entries(DIFFICULTY)) {
    it.each(Object.keys(encoders) as (keyof typeof encoders)[])(`${name} %s stands as calibrated`, (encoder) => {
      const { separation, reached } = encoders[encoder]!;
      const calibration = stored[name]?.[encoder];
      // A first guess claims nothing; a calibrated value has its trials beside it, made with this generator.
      expect(reached !== null).toBe(calibration?.withinTolerance === true);
      if (!calibration?.withinTolerance || reached === null) return;
      expect(separation).toBe(calibration.separation);
      expect(Math.abs(reached - calibration.target)).toBeLessThanOrEqual(calibration.tolerance + 1e-4);
      expect(calibration.settings.generator).toBe(GENERATOR_VERSION);
    });
  }

  it('is refused where the paper has no value to set it by', () => {
    const open = () => openSimulated('bracs-sim', { scale: 'quick', encoder: 'uni' });
    expect(open).toThrow(/^bracs-sim: found scale 'quick' and encoder 'uni'; .* one of vit-s, resnet18\.$/);
    expect(openSimulated('bracs-sim', { scale: 'quick', encoder: 'uni' }, 2).dim).toBe(1024);
  });

  it('is told in the provenance', () => {
    const { separation, reached } = DIFFICULTY['bracs-sim'].resnet18!;
    const { provenance } = openSimulated('bracs-sim', { scale: 'quick', encoder: 'resnet18' });
    expect(provenance).toContain(`separation ${separation}`);
    expect(provenance).toContain(reached === null ? 'not calibrated' : `reached test macro AUC ${reached.toFixed(3)}`);
    expect(openSimulated('bracs-sim', { scale: 'quick' }, 1).provenance).toContain('not calibrated');
  });
});
