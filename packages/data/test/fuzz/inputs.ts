import { createRng } from '@asmil/core';
import { READERS } from './readers.js';

/** Input number `index` of a reader: the same bytes for the same seed, whatever was read before. */
export const inputOf = (reader: string, seed: number, index: number): Uint8Array =>
  READERS[reader]!.make(createRng(seed, 'fuzz', reader, index));
