import { z } from 'zod';

/** JSON has no NaN and no infinities: golden files spell them as strings. */
const Num = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);

/** Row-major values of a shape. */
const Tensor = z
  .object({ shape: z.array(z.number().int().nonnegative()), data: z.array(Num) })
  .refine(({ shape, data }) => data.length === shape.reduce((n, side) => n * side, 1), 'data do not fill the shape');

const record = z.record(z.string(), z.unknown());

/** What every golden file holds. Fields that only some models need pass through. */
export const Golden = z
  .looseObject({
    model: z.string(),
    case: z.string(),
    config: record.default({}),
    params: z.record(z.string(), Tensor).default({}),
    inputs: record.default({}),
    randomness: record.default({}),
    outputs: record,
    grads: record.default({}),
    tolerance_hint: z.number().nonnegative().optional(),
    tolerance_overrides: z.record(z.string(), z.number().nonnegative()).default({}),
  })
  .superRefine((golden, context) => {
    for (const part of ['inputs', 'randomness', 'outputs', 'grads'] as const) {
      forEachTensor(golden[part], [part], (value, path) => {
        const parsed = Tensor.safeParse(value);
        if (!parsed.success) context.addIssue({ code: 'custom', path, message: parsed.error.issues[0]!.message });
      });
    }
  });

/** A value of this form. Throws for any other, with the first place that is not. */
export function parseAs<T>(schema: z.ZodType<T>, value: unknown, where = 'the file'): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new Error(`malformed: ${path.join('.') || where}: ${message}`);
}

export type Golden = z.infer<typeof Golden>;
export type GoldenTensor = z.infer<typeof Tensor>;

export function isTensor(value: unknown): value is GoldenTensor {
  return isRecord(value) && Array.isArray(value.shape) && Array.isArray(value.data);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** A number of a golden file, spelled or not. */
export function toNumber(value: number | string): number {
  return typeof value === 'number' ? value : Number(value);
}

/** The values of a tensor of a golden file. */
export function numbersOf(value: unknown): number[] {
  if (!isTensor(value)) throw new Error('expected a tensor { shape, data }');
  return value.data.map(toNumber);
}

function forEachTensor(value: unknown, path: string[], visit: (value: unknown, path: string[]) => void): void {
  if (isRecord(value) && 'shape' in value && 'data' in value) visit(value, path);
  else if (isRecord(value) || Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) forEachTensor(inner, [...path, key], visit);
  }
}
