/** The largest piece of memory that was asked for at once, in bytes, whether or not it was given or used. */
export interface Allocations {
  /** Forgets what was before. */
  reset(): void;
  largest(): number;
}

const TYPED = [
  ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
  ...['Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'ArrayBuffer'],
] as const;

/**
 * Watches requests of this process for memory outside the heap of plain objects: typed arrays and buffers. Memory
 * that is asked for and never touched does not show in what the system says a process has. Pages of WebAssembly are left out:
 * the HDF5 library reserves what a damaged file announces before it looks for it, and what it touches of that does show.
 */
export function watchAllocations(): Allocations {
  let largest = 0;
  const asked = (bytes: unknown): void => {
    if (typeof bytes === 'number' && bytes > largest) largest = bytes;
  };
  const everything = globalThis as unknown as Record<
    string,
    { new (...args: unknown[]): object; BYTES_PER_ELEMENT?: number }
  >;
  for (const name of TYPED) {
    const type = everything[name]!;
    const width = type.BYTES_PER_ELEMENT ?? 1;
    everything[name] = new Proxy(type, {
      construct(target, args, newTarget) {
        if (typeof args[0] === 'number') asked(args[0] * width);
        return Reflect.construct(target, args, newTarget);
      },
    });
  }
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
    const make = Buffer[name] as (size: number, ...rest: unknown[]) => Buffer;
    (Buffer as unknown as Record<string, unknown>)[name] = (size: number, ...rest: unknown[]) => {
      asked(size);
      return make(size, ...rest);
    };
  }
  return {
    reset: () => {
      largest = 0;
    },
    largest: () => largest,
  };
}
