import type { Bag } from '../bag.js';
import { tf } from '../engine/index.js';

/** A bag whose features are on the device. */
export interface DeviceBag {
  readonly bag: Omit<Bag, 'features'>;
  readonly x: tf.Tensor2D; // [N, D]
  /** Call after use: frees the features unless they are kept for the next epoch. */
  release(): void;
}

/** Bytes of features that stay on the device between epochs; the rest is loaded again each time. */
const DEFAULT_BUDGET = 2 * 1024 ** 3;

/** Keeps features on the device between epochs, and between the runs of a process, within a memory budget. */
export class FeatureStore {
  private readonly kept = new Map<string, DeviceBag>();
  private bytes = 0;

  constructor(private readonly budget = DEFAULT_BUDGET) {}

  /** `key` names the bag and everything that its features depend on (cohort, split). */
  async get(key: string, load: () => Promise<Bag>): Promise<DeviceBag> {
    const known = this.kept.get(key);
    if (known) return known;
    const { features, ...bag } = await load();
    const size = features.byteLength;
    const x = tf.keep(tf.tensor2d(features, [bag.n, bag.d]));
    if (this.bytes + size > this.budget) return { bag, x, release: () => x.dispose() };
    const entry: DeviceBag = { bag, x, release: () => {} };
    this.kept.set(key, entry);
    this.bytes += size;
    return entry;
  }

  dispose(): void {
    for (const { x } of this.kept.values()) x.dispose();
    this.kept.clear();
    this.bytes = 0;
  }
}
