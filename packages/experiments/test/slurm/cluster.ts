import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../../../scripts/slurm/cluster.sh', import.meta.url));

/** Why no Slurm can be started here; undefined if one can. */
export function whyNoSlurm(): string | undefined {
  if (process.platform !== 'linux') return 'Slurm runs on Linux';
  if (process.getuid?.() !== 0) return 'its daemons are started as root';
  try {
    for (const name of ['munged', 'slurmctld', 'slurmd', 'sbatch']) execFileSync('which', [name], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'Slurm is not installed (apt-get install slurm-wlm munge)';
  }
}

/** A Slurm with a controller and the nodes n1 and n2 on this machine. */
export function startCluster() {
  const dir = mkdtempSync(join(tmpdir(), 'slurm-'));
  const call = (...args: string[]): string => execFileSync(script, args, { encoding: 'utf8' });
  const env = { SLURM_CONF: call('start', dir).trim() };
  const ask = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } }).trim();
  return {
    env,
    ask,
    /** `job|state|node` of the tasks in the queue. */
    queue: (): string[][] =>
      ask('squeue', '--noheader', '--array', '--format=%F_%K|%T|%N')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('|')),
    killNode: (n: 1 | 2): string => call('kill-node', dir, String(n)),
    log: (): string => readFileSync(join(dir, 'slurmctld.log'), 'utf8'),
    stop(): void {
      call('stop', dir);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
