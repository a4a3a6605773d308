import { z } from 'zod';
import type { Localization, LocalizationSettings } from './types.js';

/* The forms of the stored numbers. */

const real = z.number();
const maybe = real.nullable();
const variants = z.strictObject({
  camelyon16_v1_interp: maybe,
  camelyon16_v2_step: maybe,
  normalOnly_interp: maybe,
  normalOnly_atMost: maybe,
});
const overlap = { dice: maybe, diceTile: maybe, specificity: maybe };
const scores = z.strictObject({
  ...overlap,
  froc: z.strictObject({ nms: variants, tiles: variants, components: variants }),
});
const scale = z.strictObject({ ...overlap, froc: maybe });

const epoch = z.strictObject({
  attention: scores,
  detail: z.strictObject({
    perTarget: z.array(real).nullable(),
    curve: z.array(real).nullable(),
    first: z.strictObject({ avgFp: real, sensitivity: real }).nullable(),
    detections: real,
  }),
  scales: z.strictObject({ globalMinmax: scale, none: scale }),
  tileLogits: scores.nullable(),
});

export const localizationSchema: z.ZodType<Localization> = z.strictObject({
  truth: z.strictObject({
    tileUm: real,
    tileUmKnown: z.boolean(),
    pixelUm: real,
    pixelsPerTile: real,
    measuredOn: z.enum(['outlines', 'tiles']),
    tumourSlides: real,
    normalSlides: real,
    lesions: real,
    itcs: real,
    ofLabels: z.strictObject({ dice: maybe, froc: maybe }),
    diceOfAll: maybe,
  }),
  selected: epoch.nullable(),
  last: epoch.nullable(),
});

export const localizationSettingsSchema: z.ZodType<LocalizationSettings> = z.strictObject({
  version: real,
  pixelUm: real,
  tileUm: real,
});
