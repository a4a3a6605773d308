/**
 * The check of a new native engine, run in a process of its own so that a crash in the library ends nothing else.
 * Prints one line of JSON. Arguments: the binding's path, the TensorFlow library's folder.
 */
import { LARGEST_ERROR, productError } from '../product-error.js';
import { loadNative, nativeUsesGpu } from './load.js';

loadNative({ binding: process.argv[2]!, libraryDir: process.argv[3]! });
const error = productError();
process.stdout.write(`${JSON.stringify({ ok: error < LARGEST_ERROR, error, usesGpu: nativeUsesGpu() })}\n`);
