import { UserError } from '@asmil/core';
import type { Ring } from '../ring.js';

export type { Ring };

/**
 * The rings of one polygon in well-known binary form: little endian, type 3, two-dimensional; the outer ring comes first.
 * `outerOnly` leaves the holes unread. Throws `UserError` on any other content.
 */
export function readWkbPolygon(bytes: Uint8Array, options: { readonly outerOnly?: boolean } = {}): Ring[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 9 || view.getUint8(0) !== 1 || view.getUint32(1, true) !== 3) {
    throw new UserError(
      `a geometry of ${bytes.byteLength} bytes is not a little-endian two-dimensional WKB polygon; fetch the file again`,
    );
  }
  const count = view.getUint32(5, true);
  const rings: Ring[] = [];
  let at = 9;
  for (let r = 0; r < count; r++) {
    const points = at + 4 <= bytes.byteLength ? view.getUint32(at, true) : Number.NaN;
    at += 4;
    if (!(at + 16 * points <= bytes.byteLength)) {
      throw new UserError(`ring ${r} of a WKB polygon ends behind its ${bytes.byteLength} bytes; fetch the file again`);
    }
    if (r === 0 || !options.outerOnly) {
      const ring = new Float64Array(2 * points);
      for (let i = 0; i < 2 * points; i++) ring[i] = view.getFloat64(at + 8 * i, true);
      rings.push(ring);
    }
    at += 16 * points;
  }
  if (at !== bytes.byteLength) {
    throw new UserError(
      `a WKB polygon ends at byte ${at} of ${bytes.byteLength}, expected the end; fetch the file again`,
    );
  }
  return rings;
}
