import { diagnose } from '../doctor/examine.js';
import { diagnosisText } from '../doctor/text.js';
import { findRoot } from '../runner/root.js';
import { abortOnSignal, endWithReader } from '../runner/signals.js';

/*
 * What a maintainer needs to know of an installation, and whether it is in order. `--json` prints it for programs. Exit code
 * 1 if something stands in the way of a run, 2 for an option that does not exist.
 */

endWithReader();
const unknown = process.argv.slice(2).find((argument) => argument !== '--json');
if (unknown === undefined) {
  const diagnosis = await diagnose(findRoot(), abortOnSignal());
  process.stdout.write(
    `${process.argv.includes('--json') ? JSON.stringify(diagnosis, null, 2) : diagnosisText(diagnosis)}\n`,
  );
  process.exitCode = diagnosis.healthy ? 0 : 1;
} else {
  process.stderr.write(`unknown option '${unknown}': doctor takes --json alone\n`);
  process.exitCode = 2;
}
