import type { Bag } from '../bag.js';
import type { NamedArray, NamedArrays } from '../named-array.js';

/*
 * What a run hands out of its inner state beside its result, for pictures: the attention map of every test bag after every
 * epoch, with the bag's coordinates and instance labels, and the bag features of the training bags after a few epochs.
 * Nothing here changes a number of the result.
 */

/** Epochs whose bag features are kept. */
const FEATURE_EPOCHS = [1, 2, 5, 10, 20, 50, 100];

/** Whether an epoch's bag features are kept: a few early ones in growing steps, and the last. */
export function keepsFeatures(epoch: number, epochs: number): boolean {
  return epoch === epochs || FEATURE_EPOCHS.includes(epoch);
}

type Shown = Omit<Bag, 'features'>;

/** Attention of one bag, row-major [M, N]. */
interface Rows {
  readonly rows: number;
  readonly n: number;
  readonly values: ArrayLike<number>;
}

/** Collects while a run trains; `arrays` is what it kept. */
export class Portrait {
  private readonly maps = new Map<string, { n: number; bag: Shown; epochs: Float32Array[] }>();
  private readonly features = new Map<number, { label: number; values: Float32Array }[]>();

  /** The map [M, N] of a test bag after the epochs so far and one more; its rows are averaged. */
  addMap(bag: Shown, map: Rows): void {
    let own = this.maps.get(bag.id);
    if (!own) {
      own = { n: map.n, bag, epochs: [] };
      this.maps.set(bag.id, own);
    }
    own.epochs.push(meanOfRows(map));
  }

  addFeature(epoch: number, label: number, values: Float32Array): void {
    const rows = this.features.get(epoch) ?? [];
    rows.push({ label, values });
    this.features.set(epoch, rows);
  }

  /**
   * `map/ID` [E, N]; `coords/ID` [N, 2] and `instances/ID` [N] where the bag has them; `label/ID` [1]; `feature/EPOCH`
   * [B, D] and `feature-labels` [B], in the order of the training bags.
   */
  arrays(): NamedArrays {
    const out: Record<string, NamedArray> = {};
    for (const [id, { n, bag, epochs }] of this.maps) {
      out[`map/${id}`] = { shape: [epochs.length, n], data: joined(epochs) };
      out[`label/${id}`] = { shape: [1], data: Float32Array.of(bag.label) };
      if (bag.coords) out[`coords/${id}`] = { shape: [n, 2], data: Float32Array.from(bag.coords) };
      if (bag.instanceLabels) out[`instances/${id}`] = { shape: [n], data: Float32Array.from(bag.instanceLabels) };
    }
    for (const [epoch, rows] of this.features) {
      out[`feature/${epoch}`] = {
        shape: [rows.length, rows[0]!.values.length],
        data: joined(rows.map((r) => r.values)),
      };
      out['feature-labels'] = { shape: [rows.length], data: Float32Array.from(rows, ({ label }) => label) };
    }
    return out;
  }
}

function meanOfRows({ rows, n, values }: Rows): Float32Array {
  if (rows === 1) return Float32Array.from(values);
  const mean = new Float32Array(n);
  for (let r = 0; r < rows; r++) for (let i = 0; i < n; i++) mean[i]! += values[r * n + i]! / rows;
  return mean;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
