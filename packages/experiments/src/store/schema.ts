import type { BagEpoch } from '@asmil/core';
import { ENCODER_NAMES } from '@asmil/data/encoder-names';
import { z } from 'zod';
import { localizationSchema, localizationSettingsSchema } from '../localization/schema.js';
import type { RunRecord, RunSpec } from '../types.js';

/** Any number: a run that diverged may hold NaN and infinities. */
const real = z.custom<number>((value) => typeof value === 'number', 'expected a number');
const integer = z.int();
const realOrNull = real.nullable();

const scores = z.strictObject({
  n: integer,
  macroF1: real,
  macroAuc: realOrNull,
  accuracy: real,
  crossEntropy: real,
});

const attention = {
  jsd: realOrNull,
  peak: real,
  entropy: real,
  halfMass: real,
  instanceMass: realOrNull,
  instanceAuc: realOrNull,
};

const result = z.strictObject({
  status: z.enum(['finished', 'diverged']),
  diverged: z.strictObject({ epoch: integer, step: integer, bag: z.string(), value: z.string() }).optional(),
  selectedEpoch: integer,
  selected: scores.nullable(),
  last: scores.nullable(),
  epochs: z.array(
    z.strictObject({
      epoch: integer,
      loss: real,
      terms: z.record(z.string(), real),
      val: scores.nullable(),
      test: scores,
      attention: z.strictObject(attention).nullable(),
    }),
  ),
});

const train = z.strictObject({
  optimiser: z.enum(['adam', 'adamw']),
  lr: real,
  weightDecay: real,
  betas: z.tuple([real, real]),
  eps: real,
  epochs: integer,
  warmup: real,
  schedule: z.enum(['cosine', 'constant']),
  clip: realOrNull,
  select: z.enum(['best', 'last']),
});

export const specSchema: z.ZodType<RunSpec> = z.strictObject({
  kind: z.literal('train'),
  trainer: integer,
  engine: z.enum(['native', 'wasm']),
  model: z.strictObject({ name: z.string(), version: integer, config: z.record(z.string(), z.unknown()) }),
  cohort: z.strictObject({
    name: z.string(),
    options: z.strictObject({
      scale: z.enum(['quick', 'standard', 'paper']),
      encoder: z.enum(ENCODER_NAMES).optional(),
    }),
    fingerprint: z.string(),
  }),
  split: z.strictObject({ seed: integer, name: z.string() }),
  train,
  seed: integer,
  localization: localizationSettingsSchema.optional(),
});

const ids = z.array(z.string());

/** `record.json` without its checksums. */
export const recordSchema: z.ZodType<RunRecord> = z.strictObject({
  signature: z.string(),
  spec: specSchema,
  split: z.strictObject({ name: z.string(), train: ids, val: ids, test: ids }),
  result,
  localization: localizationSchema.optional(),
});

/**
 * `record.json`: the record, the SHA-256 of `bags.json`, that of the record's own canonical text, and those of weights
 * and pictures by file name (older stored runs lack the latter).
 */
export const recordFileSchema = z.strictObject({
  format: z.literal(1),
  record: recordSchema,
  bagsSha256: z.string(),
  recordSha256: z.string(),
  filesSha256: z.record(z.string(), z.string()).optional(),
});

/** `bags.json`: test bag → epochs. */
export const bagsSchema: z.ZodType<Record<string, readonly BagEpoch[]>> = z.record(
  z.string(),
  // A bag of one instance has no entropy.
  z.array(z.strictObject({ ...attention, entropy: realOrNull, crossEntropy: real })),
);

/** `timing.json`: what the run cost and where; never part of a result. */
const timing = { wallSeconds: real, started: z.string(), host: z.string() };
export type Timing = Readonly<z.infer<z.ZodObject<typeof timing>>>;

/** With the SHA-256 of its canonical text (older stored runs lack it). It stands here, so that equal runs have equal records. */
export const timingFileSchema = z.strictObject({ ...timing, sha256: z.string().optional() });
