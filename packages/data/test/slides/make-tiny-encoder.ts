/** Writes `test/fixtures/slides/tiny-encoder.onnx`: `npx tsx test/slides/make-tiny-encoder.ts` in the package's folder. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tinyEncoder } from './tiny-encoder.js';

writeFileSync(join(import.meta.dirname, '..', 'fixtures', 'slides', 'tiny-encoder.onnx'), tinyEncoder());
