import { readFile } from 'node:fs/promises';
import { UserError } from '@asmil/core';
import { damaged } from './bytes.js';
import { readLegacyFormat } from './legacy.js';
import type { PickleValue } from './pickle.js';
import { readZipFormat } from './zip.js';

export type { PickleKey, PickleMap, PickleValue } from './pickle.js';
export { stateDict } from './state-dict.js';
export { TorchTensor, tensorValues } from './tensor.js';

/**
 * Reads a file of `torch.save`, of the zip format or the one before: dictionaries, lists, plain values and tensors, nothing
 * else. No code of the file is run. A file that is missing, damaged, or that needs anything else of Python throws a UserError
 * of one line that names it.
 */
export async function readPytorch(path: string): Promise<PickleValue> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UserError(`${path}: no such file`);
    if (code === 'ERR_FS_FILE_TOO_LARGE') throw new UserError(`${path}: larger than 2 GiB; save the weights alone`);
    throw new UserError(`${path}: cannot be read (${code})`);
  }
  return decodePytorch(bytes, path);
}

/** The same for bytes; `file` names them in errors. */
export async function decodePytorch(bytes: Uint8Array, file: string): Promise<PickleValue> {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readZipFormat(bytes, file); // PK
  if (bytes[0] === 0x80) return readLegacyFormat(bytes, file); // a pickle
  const found = bytes.length === 0 ? 'an empty file' : 'neither a zip archive nor a pickle';
  throw damaged(file, `${found}, expected what torch.save writes`);
}
