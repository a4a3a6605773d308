import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resolveEngine } from '@asmil/core';
import { describe, expect, test } from 'vitest';
import { checkFile, goldenFiles } from '../../src/goldens/check.js';

const packages = fileURLToPath(new URL('../../../', import.meta.url));

/** All golden files of the repository. */
const files = (
  await Promise.all(['core', 'baselines'].map((name) => goldenFiles(`${packages}${name}/goldens`)))
).flat();

/** One test a file. A process tests one engine, since the native one reads its settings when it starts. */
export function testEveryFile(engine: 'native' | 'wasm'): void {
  const missing = engine === 'native' && resolveEngine('auto').name !== 'native';
  describe.skipIf(missing)(missing ? 'native engine: not set up, see `pnpm engine native`' : `${engine} engine`, () => {
    test.each(files.map((file) => [relative(packages, file)]))('%s', async (name) => {
      const check = await checkFile(packages + name, { engine });
      expect(check.reason).toBeUndefined();
      expect(check.pass).toBe(true);
    });
  });
}
