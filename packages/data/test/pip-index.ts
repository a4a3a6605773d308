import { spawnSync } from 'node:child_process';
import { devNull } from 'node:os';
import { vi } from 'vitest';
import { sha256 } from '../src/fetch/checksum.js';
import type { FaultyServer } from './faulty-server.js';
import { zip } from './zip.js';

/** Whether this machine has a `python3` with pip. */
export const havePip = spawnSync('python3', ['-c', 'import pip']).status === 0;

/** A wheel that pip takes: the given files and the metadata that it asks for. */
export function wheelOf(name: string, version: string, files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const info = `${name}-${version}.dist-info`;
  return zip({
    ...files,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: '',
  });
}

/**
 * Puts a wheel into the server's package index (PEP 503), with its SHA-256 beside the link or without, and returns the
 * path of the file.
 */
export function offer(server: FaultyServer, name: string, version: string, wheel: Buffer, hashed = true): string {
  const path = `/files/${name}-${version}-py3-none-any.whl`;
  const link = `${path}${hashed ? `#sha256=${sha256(wheel)}` : ''}`;
  server.files[path] = wheel;
  server.files[`/simple/${name}/`] = Buffer.from(`<!DOCTYPE html><a href="${link}">${path.split('/').at(-1)}</a>`);
  return path;
}

/** Lets pip know of the server's index and of nothing else; `vi.unstubAllEnvs` undoes it. */
export function usePipIndex(server: FaultyServer): void {
  const settings = {
    PIP_INDEX_URL: `${server.url}/simple/`,
    PIP_CONFIG_FILE: devNull,
    PIP_NO_CACHE_DIR: '1',
    PIP_RETRIES: '0',
    PIP_DEFAULT_TIMEOUT: '5',
    PIP_RESUME_RETRIES: '0',
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  for (const name of ['PIP_EXTRA_INDEX_URL', 'PIP_FIND_LINKS', 'PIP_NO_INDEX', 'PIP_CACHE_DIR', 'PIP_PROXY'])
    vi.stubEnv(name, undefined);
  for (const name of ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']) vi.stubEnv(name, undefined);
}
