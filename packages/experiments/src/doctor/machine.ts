import { arch, availableParallelism, cpus, freemem, platform, release, totalmem } from 'node:os';
import { commitOf, suiteVersion } from '../runner/provenance.js';
import type { Finding } from './types.js';

/** The oldest Node that the packages are tested with. */
const OLDEST = [20, 19] as const;
/** What one worker needs with the standard preset's largest cohorts, in bytes. */
const WORKER_MEMORY = 1.5e9;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** Whether a version of Node (`20.19.0`) is new enough. */
export function isNodeNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** The system, Node, the package's and the code's version. */
export function examineMachine(root: string): Finding[] {
  const commit = commitOf(root);
  const node = process.versions.node;
  const newEnough = isNodeNewEnough(node);
  const cores = availableParallelism();
  const scarce = freemem() < cores * WORKER_MEMORY;
  return [
    { state: 'ok', what: 'suite', found: `${suiteVersion()}${commit ? `, commit ${commit}` : ''}` },
    {
      ...{ state: newEnough ? 'ok' : 'bad', what: 'Node', found: node },
      ...(!newEnough && { how: `install Node ${OLDEST.join('.')} or newer` }),
    },
    { state: 'ok', what: 'system', found: `${platform()} ${arch()}, ${release()}` },
    { state: 'ok', what: 'processor', found: `${cores} cores, ${cpus()[0]?.model.trim() ?? 'of unknown kind'}` },
    {
      ...{ state: scarce ? 'note' : 'ok', what: 'memory' },
      found: `${gigabytes(totalmem())}, ${gigabytes(freemem())} free`,
      ...(scarce && { how: `a worker takes up to ${gigabytes(WORKER_MEMORY)}: use fewer with --workers N` }),
    },
  ];
}
