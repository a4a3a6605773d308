import type { RunSpec } from '../types.js';
import { canonicalJson, sha256 } from './canonical.js';

/** A run's identity: the first 16 hex digits of the SHA-256 of its specification's canonical JSON. */
export function signatureOf(spec: RunSpec): string {
  return sha256(canonicalJson(spec)).slice(0, 16);
}
