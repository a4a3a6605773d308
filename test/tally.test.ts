import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addUp, tallyOf } from '../scripts/tally.js';

test('counts what ran, names what failed or was skipped, and takes silence for a crash', () => {
  const folder = mkdtempSync(join(tmpdir(), 'asmil-tally-'));
  const path = join(folder, 'tests.json');
  const assertion = (fullName: string, status: string) => ({ fullName, status });
  const testResults = [
    {
      name: 'a.test.ts',
      status: 'failed',
      assertionResults: [
        assertion('one', 'passed'),
        assertion('two', 'failed'),
        assertion('three', 'skipped'),
        assertion('four', 'todo'),
        assertion('five', 'pending'),
      ],
    },
    { name: 'b.test.ts', status: 'failed', assertionResults: [] },
    { name: 'c.test.ts', status: 'passed', assertionResults: [assertion('six', 'passed')] },
  ];
  writeFileSync(path, JSON.stringify({ testResults }));
  const tally = tallyOf('core', path);
  expect(tally).toEqual({
    passed: 2,
    failed: ['core: two', 'core: b.test.ts could not be run'],
    skipped: ['core: three', 'core: four', 'core: five'],
  });
  writeFileSync(path, '{"testResults": [');
  const crash = { passed: 0, failed: ['core: the tests crashed before they could report'], skipped: [] };
  expect(tallyOf('core', path)).toEqual(crash);
  expect(tallyOf('core', join(folder, 'none.json'))).toEqual(crash);
  expect(addUp([tally, crash]).failed).toHaveLength(3);
  rmSync(folder, { recursive: true });
});
