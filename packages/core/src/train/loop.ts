import { crossEntropy, scoreBags } from '../metrics/classification.js';
import { type AttentionMap, bagAttention, summariseAttention } from '../metrics/dynamics.js';
import { selectionScore } from '../metrics/selection.js';
import { createRng } from '../rng.js';
import type { DeviceBag } from './features.js';
import { keepsFeatures, type Portrait } from './portrait.js';
import { startFrom, trainStage } from './pretraining.js';
import { sharedResources, type TrainResources } from './resources.js';
import { exportState, type StartValues } from './state.js';
import { attentionOfTiles, soughtClass } from './tile-scores.js';
import { type StepLosses, Trainer } from './trainer.js';
import type { AttentionSummary, BagEpoch, EpochRecord, Scores, TileScores, TrainJob, TrainResult } from './types.js';

/** Raised when the same job would give other numbers. Part of a run's identity. */
export const TRAINER_VERSION = 2;

export type { TrainResources };
export { sharedResources };

/**
 * Trains one model on one split: one bag a step, bags reshuffled every epoch, validation and test scored after every epoch.
 * A model with an earlier stage starts from it. The reported epoch is chosen on validation alone. Every number follows from the job: same job and engine, same bits.
 * A loss that is not finite ends the run as `diverged`. Throws when the job's signal aborts.
 */
export async function trainModel(job: TrainJob, resources: TrainResources = sharedResources()): Promise<TrainResult> {
  const bagOf: GetBag = (id) => {
    job.signal?.throwIfAborted();
    return resources.features.get(`${job.featureKey}/${id}`, () => job.load(id));
  };
  const stage = job.model.pretraining;
  let start: StartValues | undefined;
  if (stage) {
    const weights = job.pretrained ?? (await trainStage(stage, job, (own) => trainModel(own, resources)));
    start = await startFrom(stage, weights, job, bagOf, resources);
  }
  const trainer = new Trainer(job.model, job.config, job.seed, resources.executor, start);
  try {
    return await run(job, trainer, bagOf);
  } finally {
    trainer.dispose();
  }
}

type GetBag = (id: string) => Promise<DeviceBag>;

async function run(job: TrainJob, trainer: Trainer, bagOf: GetBag): Promise<TrainResult> {
  const { config, split } = job;
  const epochs: EpochRecord[] = [];
  const watched = new Watched(split.test, job.portrait, job.onTiles && trainer);
  let best = Number.NEGATIVE_INFINITY;
  let selected: EpochRecord | undefined;
  const result = (): Omit<TrainResult, 'status'> => ({
    selectedEpoch: selected?.epoch ?? 0,
    selected: selected?.test ?? null,
    last: epochs.at(-1)?.test ?? null,
    epochs,
    bags: watched.series,
  });

  for (let epoch = 1; epoch <= config.epochs; epoch++) {
    const trained = await trainEpoch(job, trainer, bagOf, epoch);
    if ('diverged' in trained) return { status: 'diverged', diverged: trained.diverged, ...result() };
    const val = split.val.length > 0 ? await score(trainer, split.val, bagOf) : null;
    const test = await score(trainer, split.test, bagOf, watched);
    if (job.portrait && keepsFeatures(epoch, config.epochs))
      await portray(job.portrait, epoch, trainer, split.train, bagOf);
    const record: EpochRecord = { epoch, ...trained, val, test, attention: watched.summary() };
    epochs.push(record);
    // Without a validation set, or by protocol, the last epoch is the one that counts.
    const merit = config.select === 'best' && val ? selectionScore(val) : epoch;
    const chosen = merit > best;
    if (chosen) {
      best = merit;
      selected = record;
      job.onSelect?.(record, () => exportState(trainer.model, trainer.state));
    }
    job.onTiles?.(record, new Map(watched.tiles), chosen);
    job.onEpoch?.(record);
  }
  return { status: 'finished', ...result() };
}

type Diverged = { readonly diverged: NonNullable<TrainResult['diverged']> };

/** One pass over the training bags: mean loss and mean terms. */
async function trainEpoch(
  job: TrainJob,
  trainer: Trainer,
  bagOf: GetBag,
  epoch: number,
): Promise<StepLosses | Diverged> {
  const order = createRng(job.seed, 'order', epoch).shuffle(job.split.train);
  const terms: Record<string, number> = {};
  let sum = 0;
  let next = bagOf(order[0]!);
  for (const [i, id] of order.entries()) {
    const bag = await next;
    // The next bag is read while this one trains.
    const following = order[i + 1];
    if (following !== undefined) next = bagOf(following);
    const losses = trainer.step(bag, epoch - 1 + i / order.length);
    bag.release();
    if (!Number.isFinite(losses.loss)) {
      if (following !== undefined) (await next).release();
      return { diverged: { epoch, step: trainer.state.step, bag: id, value: String(losses.loss) } };
    }
    sum += losses.loss / order.length;
    for (const [name, v] of Object.entries(losses.terms)) terms[name] = (terms[name] ?? 0) + v / order.length;
    // Messages and abort signals need the event loop now and then.
    if (i % 32 === 31) await new Promise((resolve) => setImmediate(resolve));
  }
  trainer.endEpoch();
  return { loss: sum, terms };
}

async function score(trainer: Trainer, ids: readonly string[], bagOf: GetBag, watched?: Watched): Promise<Scores> {
  const logits: Float32Array[] = [];
  const labels: number[] = [];
  for (const id of ids) {
    const bag = await bagOf(id);
    const out = trainer.evaluate(bag);
    logits.push(out.logits);
    labels.push(bag.bag.label);
    if (out.map) watched?.add(bag, out.map, out.logits);
    bag.release();
  }
  return scoreBags(logits, labels, trainer.model.dims.classes);
}

/** The bag features of the training bags, in their order. A model without any has none to show. */
async function portray(
  portrait: Portrait,
  epoch: number,
  trainer: Trainer,
  ids: readonly string[],
  bagOf: GetBag,
): Promise<void> {
  for (const id of ids) {
    const bag = await bagOf(id);
    const gives = trainer.givesBagFeature(bag);
    if (gives) portrait.addFeature(epoch, bag.bag.label, trainer.bagFeature(bag));
    bag.release();
    if (!gives) return;
  }
}

/** The attention of the test bags over the epochs. */
class Watched {
  readonly series: Record<string, BagEpoch[]>;
  private readonly maps = new Map<string, AttentionMap>();

  /** What the tiles got at the latest epoch, if anybody asks. */
  readonly tiles = new Map<string, TileScores>();

  constructor(
    ids: readonly string[],
    private readonly portrait?: Portrait,
    private readonly trainer?: Trainer,
  ) {
    this.series = Object.fromEntries(ids.map((id) => [id, []]));
  }

  add(device: DeviceBag, map: AttentionMap, logits: Float32Array): void {
    const { bag } = device;
    const given = { previous: this.maps.get(bag.id), instanceLabels: bag.instanceLabels };
    this.series[bag.id]!.push({ ...bagAttention(map, given), crossEntropy: crossEntropy(logits, bag.label) });
    this.maps.set(bag.id, map);
    this.portrait?.addMap(bag, map);
    if (this.trainer) this.tiles.set(bag.id, tilesOf(this.trainer, device, map, logits));
  }

  /** Means over the bags at the latest epoch; null for a model without attention. */
  summary(): AttentionSummary | null {
    return summariseAttention(Object.values(this.series).flatMap((s) => s.slice(-1)));
  }
}

/** Attention of each tile, and its evidence for the class, where the model has it. */
function tilesOf(trainer: Trainer, bag: DeviceBag, map: AttentionMap, logits: Float32Array): TileScores {
  const { model } = trainer;
  const attention = attentionOfTiles(map, logits, model);
  const scores = { bag: bag.bag, attention };
  const evidence = trainer.tileLogits(bag); // [C, N]
  if (!evidence) return scores;
  const row = soughtClass(logits) * map.n;
  return { ...scores, logits: evidence.slice(row, row + map.n) };
}
