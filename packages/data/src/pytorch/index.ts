import { type ByteSource, bytesSource, fileSource } from '../files/byte-source.js';
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
  const source = await fileSource(path);
  try {
    return await readTorchSource(source, { whole: true });
  } finally {
    await source.close();
  }
}

/** The same for bytes; `file` names them in errors. */
export async function decodePytorch(bytes: Uint8Array, file: string): Promise<PickleValue> {
  return readTorchSource(bytesSource(bytes, file), { whole: true });
}

/** The same for a source. Without `whole` the tensors' storages have places in it and no bytes. */
export async function readTorchSource(source: ByteSource, { whole }: { whole: boolean }): Promise<PickleValue> {
  const head = await source.read(0, Math.min(2, source.size));
  if (head[0] === 0x50 && head[1] === 0x4b) return readZipFormat(source, whole); // PK
  if (head[0] === 0x80) return readLegacyFormat(source, whole); // a pickle
  const found = source.size === 0 ? 'an empty file' : 'neither a zip archive nor a pickle';
  throw damaged(source.name, `${found}, expected what torch.save writes`);
}
