import { open } from 'node:fs/promises';
import type { StateTensor } from '@asmil/baselines';
import { readSafetensors } from '@asmil/core';
import { readPytorch, stateDict, tensorValues } from '@asmil/data';

/** The state dictionary in a file of `torch.save` or of safetensors; the content decides, not the name. */
export async function readState(path: string): Promise<Map<string, StateTensor>> {
  if (!(await isSafetensors(path))) {
    const tensors = stateDict(await readPytorch(path), path);
    return new Map([...tensors].map(([name, t]) => [name, { shape: t.shape, values: () => tensorValues(t) }]));
  }
  const { tensors } = await readSafetensors(path);
  return new Map(
    Object.entries(tensors).map(([name, { shape, data }]) => [name, { shape, values: () => Float32Array.from(data) }]),
  );
}

/** A safetensors file begins with the length of its header, 8 bytes, and the header's brace. */
async function isSafetensors(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined); // whoever reads it says what is wrong
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(9), 0, 9, 0);
    return bytesRead === 9 && buffer.readUInt32LE(4) === 0 && buffer[8] === 0x7b;
  } catch {
    return false; // a folder
  } finally {
    await file.close();
  }
}
