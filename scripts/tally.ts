import { readFileSync } from 'node:fs';

/** What came of some tests. */
export interface Tally {
  readonly passed: number;
  /** Names of the failed tests. */
  readonly failed: readonly string[];
  /** Names of the tests that did not run. */
  readonly skipped: readonly string[];
}

/** The parts of vitest's JSON report that are read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/**
 * Counts the report that a folder's tests left. No report, or one that cannot be read, means that the run crashed, and a
 * file that failed before its first test means one failure.
 */
export function tallyOf(folder: string, path: string): Tally {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch {
    return { passed: 0, failed: [`${folder}: the tests crashed before they could report`], skipped: [] };
  }
  return addUp(
    report.testResults.map(({ name, status, assertionResults }) => {
      const named = (wanted: (status: string) => boolean): string[] =>
        assertionResults.filter((test) => wanted(test.status)).map((test) => `${folder}: ${test.fullName}`);
      const failed = named((s) => s === 'failed');
      if (status === 'failed' && failed.length === 0) failed.push(`${folder}: ${name} could not be run`);
      return {
        passed: named((s) => s === 'passed').length,
        failed,
        skipped: named((s) => s !== 'passed' && s !== 'failed'),
      };
    }),
  );
}

export function addUp(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, tally) => sum + tally.passed, 0),
    failed: tallies.flatMap((tally) => tally.failed),
    skipped: tallies.flatMap((tally) => tally.skipped),
  };
}
