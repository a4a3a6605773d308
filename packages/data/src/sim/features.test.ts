import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openSimulated, SIM_SPECS, type SimCohort } from './cohort.js';
import type { SimName, SlideEntry } from './cohort-shape.js';
import { DIFFICULTY } from './difficulty.js';
import { ENCODERS, Encoder } from './encoder.js';
import type { EncoderName } from './encoder-names.js';
import { mix } from './noise.js';
import { createSlide } from './slide.js';
import { createWorld, LATENT, referenceSample, SPREAD, TISSUES } from './world.js';

const names = Object.keys(SIM_SPECS) as SimName[];
const encoders = Object.keys(ENCODERS) as EncoderName[];
const bagOf = (cohort: SimCohort, id: string) => cohort.load(id, cohort.splits(1)[0]!);

/** First bytes of SHA-256 of the features, coordinates and instance labels of one bag, at a fixed separation. */
const FROZEN: Record<string, string> = {
  'camelyon16-sim vit-s': '07d51fcd2381a869',
  'camelyon16-sim resnet18': '1ab02d69e48fa5b1',
  'camelyon16-sim pathgen-clip': 'a88225b1ec319644',
  'camelyon16-sim uni': '44386a314ed31248',
  'camelyon17-sim vit-s': '178833ae763b0630',
  'camelyon17-sim resnet18': '00a76fbc6e92be15',
  'camelyon17-sim pathgen-clip': '85557bef992f7900',
  'camelyon17-sim uni': '82a27145b6e7072d',
  'bracs-sim vit-s': 'ff0db63f092d6695',
  'bracs-sim resnet18': 'fab3b6b563ce23df',
  'bracs-sim pathgen-clip': '0ba09cf747cfe80a',
  'bracs-sim uni': '952d1cdd67ac26c1',
};

async function hashOf(name: SimName, encoder: EncoderName): Promise<string> {
  const cohort = openSimulated(name, { scale: 'quick', encoder }, 3);
  const bag = await bagOf(cohort, cohort.bags.filter((b) => b.label === 1)[1]!.id);
  const hash = createHash('sha256');
  for (const part of [bag.features, bag.coords!, bag.instanceLabels!]) hash.update(new Uint8Array(part.buffer));
  return hash.digest('hex').slice(0, 16);
}

/** Mean feature vector of the first tiles of a slide. */
async function meanFeature(cohort: SimCohort, id: string): Promise<Float64Array> {
  const bag = await bagOf(cohort, id);
  const mean = new Float64Array(bag.d);
  for (let i = 0; i < bag.features.length; i++) mean[i % bag.d]! += bag.features[i]! / bag.n;
  return mean;
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k]! - b[k]!) ** 2;
  return Math.sqrt(sum);
};

function average(vectors: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(vectors[0]!.length);
  for (const v of vectors) for (let k = 0; k < out.length; k++) out[k]! += v[k]! / vectors.length;
  return out;
}

/** AUC of the projection onto the axis between the mean lesion tile and the mean mimic tile, all slides together. */
async function separability(separation: number): Promise<number> {
  const cohort = openSimulated('bracs-sim', { scale: 'quick' }, separation);
  const tiles: { lesion: Float64Array[]; mimic: Float64Array[] } = { lesion: [], mimic: [] };
  for (const { id } of cohort.bags.slice(0, 60)) {
    const { features } = await bagOf(cohort, id);
    const slide = cohort.slide(id);
    for (let i = 0; i < slide.n; i++) {
      const focus = slide.foci[slide.focus[i]! - 1];
      const list = focus?.kind === 'mimic' ? tiles.mimic : focus ? tiles.lesion : undefined;
      list?.push(Float64Array.from(features.subarray(i * cohort.dim, (i + 1) * cohort.dim)));
    }
  }
  const mimicMean = average(tiles.mimic);
  const axis = average(tiles.lesion).map((v, k) => v - mimicMean[k]!);
  const score = (x: Float64Array): number => x.reduce((sum, v, k) => sum + v * axis[k]!, 0);
  const [lesion, mimic] = [tiles.lesion.map(score), tiles.mimic.map(score)];
  let wins = 0;
  for (const a of lesion) for (const b of mimic) wins += a > b ? 1 : 0;
  return wins / (lesion.length * mimic.length);
}

describe('simulated features', () => {
  for (const name of names) {
    it.each(encoders)(`${name}: the same bits as ever (%s)`, async (encoder) => {
      expect(await hashOf(name, encoder)).toBe(FROZEN[`${name} ${encoder}`]);
    });
  }

  it('gives the same features in chunks as in one go', async () => {
    const cohort = openSimulated('bracs-sim', { scale: 'quick' });
    const id = cohort.bags.at(-1)!.id;
    const whole = (await bagOf(cohort, id)).features;
    const slide = cohort.slide(id);
    const cut = new Float32Array(whole.length);
    for (let from = 0; from < slide.n; from += 37) {
      const to = Math.min(slide.n, from + 37);
      slide.features(from, to, cut.subarray(from * cohort.dim, to * cohort.dim));
    }
    expect(Buffer.from(cut.buffer).equals(Buffer.from(whole.buffer))).toBe(true);
  });

  it.each(encoders)('looks standardised: mean near 0, deviation near 1 (%s)', async (encoder) => {
    for (const name of names) {
      const cohort = openSimulated(name, { scale: 'quick', encoder }, DIFFICULTY[name][encoder]?.separation ?? 2.5);
      expect(cohort.dim).toBe(ENCODERS[encoder].dim);
      let [n, sum, square] = [0, 0, 0];
      for (const { id } of cohort.bags.filter((_, i) => i % 4 === 0)) {
        for (const v of (await bagOf(cohort, id)).features) {
          n++;
          sum += v;
          square += v * v;
        }
      }
      expect(Math.abs(sum / n)).toBeLessThan(0.15);
      expect(Math.sqrt(square / n)).toBeGreaterThan(0.85);
      expect(Math.sqrt(square / n)).toBeLessThan(1.2);
    }
  });

  it('has noise with heavier tails than a normal distribution', () => {
    const encoder = new Encoder(ENCODERS['vit-s'], LATENT, referenceSample(createWorld(1, 1), 1));
    const out = new Float32Array(encoder.dim);
    const values: number[] = []; // one latent, many tiles: what varies in a feature is its noise
    for (let tile = 0; tile < 20_000; tile++) {
      encoder.encode(new Float64Array(LATENT), mix(tile), out, 0);
      values.push(out[5]!);
    }
    const moment = (power: number, centre: number): number =>
      values.reduce((sum, v) => sum + (v - centre) ** power, 0) / values.length;
    const mean = moment(1, 0);
    expect(moment(4, mean) / moment(2, mean) ** 2).toBeGreaterThan(3.5); // 3 for a normal distribution
  });

  it('varies more within a tissue type than between most pairs of types', () => {
    for (const name of names) {
      const { tissues } = createWorld(SIM_SPECS[name].seed, SIM_SPECS[name].centres);
      const within = Math.sqrt(2 * LATENT * (SPREAD.field ** 2 + SPREAD.tile ** 2)); // between two tiles of a type
      const pairs = tissues.flatMap((a, i) => tissues.slice(i + 1).map((b) => distance(a, b)));
      expect(pairs.length).toBe((TISSUES * (TISSUES - 1)) / 2);
      expect(pairs.filter((d) => d < within).length / pairs.length).toBeGreaterThan(0.5);
    }
  });

  it('makes neighbours of one tissue type more alike than distant tiles of that type', async () => {
    const cohort = openSimulated('camelyon16-sim', { scale: 'standard' });
    let [near, far, nNear, nFar] = [0, 0, 0, 0];
    for (const { id } of cohort.bags.slice(0, 4)) {
      const slide = cohort.slide(id);
      const { features } = await bagOf(cohort, id);
      const row = (i: number): Float32Array => features.subarray(i * cohort.dim, (i + 1) * cohort.dim);
      const plain = (i: number, j: number): boolean =>
        slide.tissue[i] === slide.tissue[j] && slide.focus[i] === 0 && slide.focus[j] === 0;
      for (let i = 1; i < slide.n; i += 2) {
        const j = (i * 7919) % slide.n;
        if (slide.coords[2 * i] === slide.coords[2 * i - 2]! + 1 && plain(i, i - 1)) {
          near += distance(row(i), row(i - 1)) ** 2;
          nNear++;
        }
        if (Math.abs(slide.coords[2 * i]! - slide.coords[2 * j]!) > 8 && plain(i, j)) {
          far += distance(row(i), row(j)) ** 2;
          nFar++;
        }
      }
    }
    expect(nNear).toBeGreaterThan(300);
    expect(nFar).toBeGreaterThan(100);
    expect(near / nNear).toBeLessThan(0.8 * (far / nFar));
  });

  it('shifts the centres of CAMELYON-17 and not those of a cohort without centres', async () => {
    const cohort = openSimulated('camelyon17-sim', { scale: 'quick' });
    const patient = (p: number): number => Math.floor(p / 20);
    const means: Float64Array[][] = [[], [], [], [], []];
    for (const { id, group } of cohort.bags)
      means[patient(Number(group.slice(8)))]!.push(await meanFeature(cohort, id));
    for (let a = 0; a < 5; a++) {
      // Halves of one centre against another centre.
      const half = means[a]!.length >> 1;
      const own = distance(average(means[a]!.slice(0, half)), average(means[a]!.slice(half)));
      for (let b = 0; b < a; b++) expect(distance(average(means[a]!), average(means[b]!))).toBeGreaterThan(1.3 * own);
    }
  });

  it('separates lesions from mimics the better the larger the separation', async () => {
    const values = [];
    for (const separation of [0, 1, 2, 4, 7]) values.push(await separability(separation));
    for (let i = 1; i < values.length; i++) expect(values[i]).toBeGreaterThan(values[i - 1]!);
    expect(values[0]).toBeLessThan(0.75);
    expect(values.at(-1)).toBeGreaterThan(0.95);
  });

  it('fills 50,000 tiles with hardly more memory than their features, in reasonable time', () => {
    const seed = SIM_SPECS['bracs-sim'].seed;
    const world = createWorld(seed, 1);
    const encoder = new Encoder(ENCODERS['vit-s'], LATENT, referenceSample(world, seed));
    const setting = { cohort: 'bracs-sim' as const, seed, world, encoder, separation: 3, tileMm: 0.128 };
    const entry: SlideEntry = { id: 'large', label: 2, group: 'large', part: 'test', centre: 0, n: 50_000 };
    const before = process.memoryUsage();
    const slide = createSlide(setting, entry);
    const out = new Float32Array(entry.n * encoder.dim);
    const start = performance.now();
    slide.features(0, entry.n, out);
    const seconds = (performance.now() - start) / 1000;
    const after = process.memoryUsage();
    const used = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    expect(used / out.byteLength).toBeLessThan(1.5);
    expect(seconds).toBeLessThan(20); // about 1 s on an idle core
    expect(out.at(-1)).not.toBe(0);
  });

  it('names what it is, and what decides its content, in title, provenance and fingerprint', () => {
    const cohort = openSimulated('bracs-sim', { scale: 'quick' });
    expect(cohort.simulated).toBe(true);
    expect(cohort.title).toBe('Simulated BRACS-like cohort (ViT-S-like features, quick size)');
    expect(cohort.provenance).toMatch(/^Simulated, no patient data: .*seed 3, scale quick, ViT-S-like .*separation/);
    const variants = [
      openSimulated('bracs-sim', { scale: 'quick', encoder: 'vit-s' }),
      openSimulated('bracs-sim', { scale: 'standard' }),
      openSimulated('bracs-sim', { scale: 'quick', encoder: 'resnet18' }),
      openSimulated('bracs-sim', { scale: 'quick' }, 9),
      openSimulated('camelyon16-sim', { scale: 'quick' }),
    ].map((c) => c.fingerprint);
    expect(variants[0]).toBe(cohort.fingerprint);
    expect(new Set(variants).size).toBe(5);
  });

  it('refuses an unknown slide in one line', async () => {
    const cohort = openSimulated('bracs-sim', { scale: 'quick' });
    await expect(bagOf(cohort, 'nope')).rejects.toThrow(/no slide 'nope'; ids run from/);
  });
});
