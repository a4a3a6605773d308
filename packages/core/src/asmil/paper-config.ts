import { z } from 'zod';
import { UserError } from '../errors.js';

const unit = z.number().min(0).max(1);

/** Every switch of the paper's ablations (specs of sections 4 and 5, appendices E to M). Defaults are the paper's. */
export const paperConfigSchema = z.strictObject({
  variant: z.literal('paper').default('paper'),
  /** Inner width D; by default from the input width (384 → 128, 512 → 256, 768 → 384, 1024 → 512, 1536 → 768, else 128). */
  hidden: z.number().int().positive().optional(),
  heads: z.number().int().positive().default(8),
  /** MLP expansion r. */
  mlpRatio: z.number().int().positive().default(4),
  /** FEAT tokens K. */
  nFeat: z.number().int().positive().default(8),
  /** A linear reduction D_in → D before the encoder. */
  reduce: z.boolean().default(true),
  lnEps: z.number().positive().default(1e-6),
  /**
   * Normaliser of the anchor's scores over the tiles; `none`: no anchor; `uniform`: a control, the fixed target 1/N in the
   * anchor's place.
   */
  anchor: z.enum(['nsf', 'softmax', 'entmax', 'none', 'uniform']).default('nsf'),
  /** Temperature T of the anchor's NSF or softmax; the online softmax always has T = 1. */
  anchorTemp: z.number().positive().default(1),
  /** α of `anchor: 'entmax'`. */
  anchorAlpha: z.number().min(1).default(1.5),
  /** What the anchor copies: the attention block, or the reduction and the FEAT tokens as well. */
  anchorScope: z.enum(['attention', 'full']).default('attention'),
  /** Tokens that enter L_AS: all, or those kept in this step. */
  asTokens: z.enum(['all', 'kept']).default('all'),
  /** Keys that L_AS compares: the tiles, or tiles and FEAT tokens. */
  asKeys: z.enum(['tiles', 'all']).default('tiles'),
  /** Normaliser of the online attention. */
  online: z.enum(['softmax', 'nsf']).default('softmax'),
  /** What keeps attention stable: the anchor's KL term, per-slide temporal ensembling (appendix H), feature matching (appendix I). */
  stabiliser: z.enum(['anchor', 'temporal', 'feature']).default('anchor'),
  /** ρ of temporal ensembling. */
  ensembleRho: unit.default(0.9),
  /** Weight β of the stabiliser's term. */
  beta: z.number().min(0).default(1),
  /** Token drop rate B. */
  dropRate: z.number().min(0).lt(1).default(0.5),
  /** EMA momentum m. */
  emaM: unit.default(0.999),
  emaEvery: z.enum(['batch', 'epoch']).default('batch'),
});

export type PaperConfig = Required<z.infer<typeof paperConfigSchema>>;

const WIDTHS: Readonly<Record<number, number>> = { 384: 128, 512: 256, 768: 384, 1024: 512, 1536: 768 };

/** The inner width that the code bases use for an encoder's width; 128 for others. */
export function defaultHidden(input: number): number {
  return WIDTHS[input] ?? 128;
}

/** Validates a configuration object; throws `UserError` (exit code 2) that names the field. */
export function parseConfig<T>(name: string, schema: z.ZodType<T>, config: unknown): T {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const field = issue.path.join('.');
  throw new UserError(`${name}: ${field ? `setting "${field}": ` : ''}${issue.message}`, 2);
}

export function parsePaperConfig(config: unknown, input: number): PaperConfig {
  const parsed = parseConfig('asmil', paperConfigSchema, config);
  const hidden = parsed.reduce ? (parsed.hidden ?? defaultHidden(input)) : input;
  if (hidden % parsed.heads !== 0) {
    throw new UserError(
      `asmil: hidden width ${hidden} is not a multiple of ${parsed.heads} heads; change "hidden" or "heads"`,
      2,
    );
  }
  return { ...parsed, hidden };
}
