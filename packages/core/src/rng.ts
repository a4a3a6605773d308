/** A stream of random numbers that depends on its seed and labels alone, never on what other streams have drawn. */
export interface Rng {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** Integer in 0..n−1. */
  int(n: number): number;
  /** A new array with the elements in random order (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** A further stream, named by labels, that leaves this one untouched. */
  split(...labels: (string | number)[]): Rng;
}

/** 128 bits from a string (four FNV-1a hashes with different offsets, finished by murmur's mixer). */
function hash128(text: string): [number, number, number, number] {
  const h = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    for (let k = 0; k < 4; k++) h[k] = Math.imul(h[k]! ^ (c + 0x1003 * k), 0x01000193);
  }
  return h.map((a) => {
    let x = a;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return (x ^ (x >>> 16)) >>> 0;
  }) as [number, number, number, number];
}

/**
 * A named random stream: `createRng(seed, 'init')`. Same seed and labels, same numbers on every platform and engine.
 * Generator: sfc32 (Doty-Humphrey), 128 bits of state, first 16 draws thrown away.
 */
export function createRng(seed: number, ...labels: (string | number)[]): Rng {
  return fromKey([seed, ...labels].join('/'));
}

function fromKey(key: string): Rng {
  let [a, b, c, d] = hash128(key);
  const next32 = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 16; i++) next32();
  let spare: number | undefined;
  const rng: Rng = {
    next: () => next32() / 4294967296,
    normal() {
      if (spare !== undefined) {
        const s = spare;
        spare = undefined;
        return s;
      }
      const u = (next32() + 1) / 4294967297; // never 0, so the logarithm is finite
      const v = next32() / 4294967296;
      const r = Math.sqrt(-2 * Math.log(u));
      spare = r * Math.sin(2 * Math.PI * v);
      return r * Math.cos(2 * Math.PI * v);
    },
    int: (n) => Math.floor(rng.next() * n),
    shuffle(items) {
      const out = [...items];
      for (let i = out.length - 1; i > 0; i--) {
        const j = rng.int(i + 1);
        [out[i], out[j]] = [out[j]!, out[i]!];
      }
      return out;
    },
    split: (...labels) => fromKey([key, ...labels].join('/')),
  };
  return rng;
}
