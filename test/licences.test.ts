import { describe, expect, it } from 'vitest';
import { isAllowed, licencesPage, refused } from '../scripts/licence-rules.js';

describe('licences', () => {
  it('reads expressions: every part of AND, one of OR, brackets first', () => {
    expect(
      ['MIT', '(MIT OR GPL-3.0-only)', 'Apache-2.0 AND BSL-1.0', '(BSD-3-Clause AND Apache-2.0)'].map(isAllowed),
    ).toEqual([true, true, true, true]);
    expect(['GPL-3.0-only', 'MIT AND GPL-2.0-only', 'MIT OR', '', 'Unknown', '(MIT'].map(isAllowed)).toEqual(
      Array(6).fill(false),
    );
    expect(isAllowed('GPL-3.0-only OR (MIT AND (ISC OR AGPL-3.0-only))')).toBe(true);
    expect(isAllowed('MIT AND GPL-3.0-only OR ISC')).toBe(true);
  });

  it('refuses by name what is neither allowed nor excepted; builds for one platform go with their package', () => {
    const lines = refused([
      { name: 'fine', license: 'MIT' },
      { name: 'copyleft', license: 'AGPL-3.0-only' },
      { name: '@resvg/resvg-js-linux-x64-gnu', license: 'MPL-2.0' },
      { name: 'h5wasmer', license: 'Unknown' },
    ]);
    expect(lines.map((line) => line.split(':')[0])).toEqual(['copyleft', 'h5wasmer']);
  });

  it('lists each direct dependency once, by name', () => {
    const page = licencesPage([
      { name: 'zod', license: 'MIT' },
      { name: 'ajv', license: 'MIT' },
      { name: 'zod', license: 'MIT' },
    ]);
    expect(page.split('\n').filter((line) => line.startsWith('- '))).toEqual(['- `ajv`: MIT', '- `zod`: MIT']);
  });
});
