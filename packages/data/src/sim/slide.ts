import { createRng } from '@asmil/core';
import type { SimName, SlideEntry } from './cohort-shape.js';
import type { Encoder } from './encoder.js';
import { carriesLabel, planFoci } from './foci.js';
import { eachTileInside, type Focus, METASTASIS_SIZES, placeFocus } from './lesions.js';
import { addNoiseVector, deviate, drawDeviate, hashKey, hashPoint, mix, STEP_DIM, uniform } from './noise.js';
import { tissueMap, tissueTypes } from './tissue.js';
import { LATENT, SPREAD, TISSUES, type World } from './world.js';

/** Everything that decides a slide's tiles besides the slide itself. */
export interface SlideSetting {
  readonly cohort: SimName;
  readonly seed: number;
  readonly world: World;
  readonly encoder: Encoder;
  /** Distance between lesion and mimic in the latent space. */
  readonly separation: number;
  /** Width of a tile, mm. */
  readonly tileMm: number;
}

/** A slide's places without its features: a few bytes a tile. */
export interface SimSlide {
  readonly n: number;
  /** [n, 2] x, y of each tile on the grid. */
  readonly coords: Int32Array;
  /** [n] 1 for tiles whose centre is inside a lesion that carries the slide's label. */
  readonly instanceLabels: Uint8Array;
  /** [n] tissue type, whatever lies over it. */
  readonly tissue: Uint8Array;
  /** [n] 1 + index of the topmost focus, 0 for none. */
  readonly focus: Uint8Array;
  readonly foci: readonly Focus[];
  /** The foci that carry the label. */
  readonly lesions: readonly Focus[];
  /** Writes the features [to − from, D] of the tiles from..to−1 to the start of `out`. */
  features(from: number, to: number, out: Float32Array): void;
}

/** Extent of a tissue region and of the smooth variation within it, mm; never under this many tiles. */
const REGION = { mm: 2.6, tiles: 4 };
const FIELD = { mm: 1, tiles: 2.5 };

/**
 * Offset of a focus from the mimics in units of the separation, along the two lesion signs. Metastases share the first;
 * the second tells how they grow: single cells (ITC), clusters (micro), solid sheets (macro).
 */
function offsetOf(focus: Focus): readonly [number, number] {
  if (focus.kind === 'mimic') return [0, 0];
  if (focus.kind === 'atypical') return [1, 0];
  if (focus.kind === 'malignant') return [0.75, 1];
  if (focus.diameter > METASTASIS_SIZES[2]!.min) return [1, 0];
  return focus.diameter > METASTASIS_SIZES[1]!.min ? [0.9, 0.6] : [0.9, -0.6];
}

/** Mean latent of each focus: mimic ground + separation × offset + a style that the slide's foci of a kind share. */
function focusMeans(setting: SlideSetting, foci: readonly Focus[], key: number): Float64Array[] {
  const [first, second] = setting.world.signs;
  return foci.map((focus) => {
    const [a, b] = offsetOf(focus);
    const style = hashKey(key, 'style', focus.kind);
    return setting.world.mimic.map(
      (m, k) =>
        m +
        setting.separation * (a * first[k]! + b * second[k]!) +
        SPREAD.style * deviate(mix(style + Math.imul(k + 1, STEP_DIM))),
    );
  });
}

/** Lays out a slide. Its content depends on the setting's cohort, seed and tile width and on the entry alone. */
export function createSlide(setting: SlideSetting, entry: SlideEntry): SimSlide {
  const { cohort, seed, world, encoder, tileMm } = setting;
  const key = hashKey(cohort, seed, entry.id);
  const rng = createRng(seed, cohort, entry.id);
  const map = tissueMap(hashKey(key, 'tissue'), entry.n, rng.split('tissue'));
  const share = rng.split('types');
  const bias = Float64Array.from({ length: TISSUES }, () => 0.5 * drawDeviate(share));
  const tissue = tissueTypes(hashKey(key, 'types'), map, Math.max(REGION.tiles, REGION.mm / tileMm), bias);

  const places = rng.split('places');
  const foci = planFoci(cohort, entry.label, rng.split('foci')).map((planned) =>
    placeFocus(key, map, tileMm, planned.kind, planned.mm, places),
  );
  const focus = new Uint8Array(map.n);
  const instanceLabels = new Uint8Array(map.n);
  for (const [i, f] of foci.entries()) {
    const carries = carriesLabel(cohort, f.kind, entry.label);
    eachTileInside(map, f.ring, (tile) => {
      focus[tile] = i + 1;
      if (carries) instanceLabels[tile] = 1;
    });
  }

  const means = focusMeans(setting, foci, key);
  const field = hashKey(key, 'field');
  const grain = hashKey(key, 'grain');
  const step = Math.max(FIELD.tiles, FIELD.mm / tileMm);
  const stain = rng.split('stain');
  const shift = world.centres[entry.centre]!.map((c) => encoder.spec.stain * (c + SPREAD.slide * drawDeviate(stain)));
  const z = new Float64Array(LATENT);

  const features = (from: number, to: number, out: Float32Array): void => {
    for (let i = from; i < to; i++) {
      const x = map.coords[2 * i]!;
      const y = map.coords[2 * i + 1]!;
      const tile = hashPoint(grain, x, y);
      const over = focus[i]! - 1;
      // A tenth of spread in the lesion content, a property of the place.
      const p = over < 0 ? 0 : foci[over]!.purity * (1 - 0.2 * uniform(mix(tile ^ 0x5bd1e995)));
      const ground = world.tissues[tissue[i]!]!;
      const above = over < 0 ? ground : means[over]!;
      for (let k = 0; k < LATENT; k++) {
        z[k] =
          (1 - p) * ground[k]! +
          p * above[k]! +
          shift[k]! +
          SPREAD.tile * deviate(mix(tile + Math.imul(k + 1, STEP_DIM)));
      }
      addNoiseVector(field, x / step, y / step, SPREAD.field, z);
      encoder.encode(z, tile, out, (i - from) * encoder.dim);
    }
  };
  return {
    n: map.n,
    coords: map.coords,
    instanceLabels,
    tissue,
    focus,
    foci,
    lesions: foci.filter((f) => carriesLabel(cohort, f.kind, entry.label)),
    features,
  };
}
