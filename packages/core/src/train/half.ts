/** Every half-precision number, by its bits; made when first needed. */
let table: Float32Array | undefined;

function halves(): Float32Array {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, h) => {
    const sign = h & 0x8000 ? -1 : 1;
    const exponent = (h >> 10) & 0x1f;
    const fraction = h & 0x3ff;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
  return table;
}

/** IEEE half precision bits → float32. Exact. `out`, where given, has at least the length of `bits`. */
export function fromFloat16(bits: Uint16Array, out: Float32Array = new Float32Array(bits.length)): Float32Array {
  const values = halves();
  for (let i = 0; i < bits.length; i++) out[i] = values[bits[i]!]!;
  return out;
}

/** bfloat16 bits (the upper half of a float32) → float32. Exact. `out`, where given, has at least the length of `bits`. */
export function fromBfloat16(bits: Uint16Array, out: Float32Array = new Float32Array(bits.length)): Float32Array {
  const upper = new Uint32Array(out.buffer, out.byteOffset, bits.length);
  for (let i = 0; i < bits.length; i++) upper[i] = bits[i]! << 16;
  return out;
}
