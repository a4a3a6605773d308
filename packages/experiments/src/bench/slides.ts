import type { EngineName } from '@asmil/core';
import { featuresMb } from './growth-tables.js';
import { quantile } from './quantile.js';
import type { BenchRequest } from './request.js';
import { type SlideProcess, startSlides } from './slide-process.js';
import type { Epoch, SlideFacts, SlideRow, SlideSeries } from './types.js';

/** Instances of every slide. */
const INSTANCES = 500;
/** MiB of features that stay on the device in the second series. */
const BUDGET_MB = 32;
/** Every number of slides is measured in at most this many rounds, … */
const ROUNDS = 3;
/** … no further one of which begins after this many milliseconds. */
const MOST_MS = 2000;
/** Within a round a small number is repeated until so many slides have been seen, since a few are soon disturbed. */
const SLIDES_A_ROUND = 50;

/** A series and its numbers of slides, ascending. */
export interface CountedSeries extends SlideSeries {
  readonly counts: readonly number[];
}

/** The series of a request: all features kept, and the budget for those numbers whose features do not fit into it. */
export function slideSeries({
  models,
  slides,
  d,
  threads,
}: Pick<BenchRequest, 'models' | 'slides' | 'd' | 'threads'>): CountedSeries[] {
  const all = models.flatMap((model) =>
    [null, BUDGET_MB].map((budgetMb): CountedSeries => {
      const one: SlideSeries = { model, n: INSTANCES, d, threads, budgetMb };
      return { ...one, counts: slides.filter((count) => budgetMb === null || count * featuresMb(one) > budgetMb) };
    }),
  );
  return all.filter(({ counts }) => counts.length > 0);
}

/** Measures series after series on every engine. What fails is told to `failed`, and the rest goes on. */
export async function measureAllSlides(
  all: readonly CountedSeries[],
  engines: readonly EngineName[],
  say: (line: string) => void,
  failed: (line: string) => void,
  start: (engine: EngineName, series: SlideSeries) => Promise<SlideProcess> = startSlides,
): Promise<SlideRow[]> {
  const rows: SlideRow[] = [];
  for (const { counts, ...series } of all) {
    for (const engine of engines) {
      const kept = series.budgetMb === null ? 'all kept' : `${series.budgetMb} MiB kept`;
      const trouble = (slides: string, reason: string): void =>
        failed(`${series.model}, ${slides} slides, ${kept}, ${engine}: no result: ${reason}`);
      const list = (numbers: readonly number[]): string => numbers.join(', ');
      const process = await start(engine, series).catch((error: Error) => error);
      if (process instanceof Error) {
        trouble(list(counts), process.message);
        continue;
      }
      const epochs = await rounds(process, counts, (at, reason) => trouble(list(counts.slice(at)), reason));
      process.kill();
      const added = [...epochs].map(([slides, times]) => slideRow({ ...series, slides, engine }, process.facts, times));
      rows.push(...added);
      const parts = added.map((row) => `${row.slides} in ${row.secondsMedian.toPrecision(3)} s`);
      const last = added.at(-1);
      if (last)
        say(`${series.model}, slides, ${kept}, ${engine}: ${parts.join(', ')}; ${Math.round(last.peakRssMb)} MiB`);
    }
  }
  return rows;
}

/**
 * The epochs of every number of slides, in rounds over all of them, so that whatever else the machine does meets all alike.
 * The first round ascends: the peak of memory that it reads after a number belongs to that number. A number that fails ends
 * the process, and with it the series.
 */
async function rounds(
  process: SlideProcess,
  counts: readonly number[],
  failed: (at: number, reason: string) => void,
): Promise<Map<number, Epoch[]>> {
  const epochs = new Map<number, Epoch[]>();
  const start = performance.now();
  for (let round = 0; round < ROUNDS && (round === 0 || performance.now() - start < MOST_MS); round++) {
    for (const [at, slides] of counts.entries()) {
      const own = epochs.get(slides) ?? [];
      try {
        for (let seen = 0; seen === 0 || seen + slides <= SLIDES_A_ROUND; seen += slides)
          own.push(await process.epoch(slides));
        epochs.set(slides, own);
      } catch (error) {
        if (round === 0) failed(at, (error as Error).message);
        return epochs;
      }
    }
  }
  return epochs;
}

/** Medians and minima of the epochs over one number of slides, of which the first tells the peak of memory. */
export function slideRow(
  identity: SlideSeries & { readonly slides: number; readonly engine: string },
  { threads, version, baseRssMb }: SlideFacts,
  epochs: readonly Epoch[],
): SlideRow {
  const total = epochs.map(({ ms }) => ms);
  const median = quantile(total, 0.5);
  const loading = quantile(
    epochs.map(({ loadMs }) => loadMs),
    0.5,
  );
  return {
    ...identity,
    ...{ threads, version, baseRssMb },
    secondsMedian: rounded(median / 1000),
    secondsMin: rounded(quantile(total, 0) / 1000),
    msPerSlide: rounded(median / identity.slides),
    loadMsPerSlide: rounded(loading / identity.slides),
    reps: epochs.length,
    peakRssMb: epochs[0]!.peakRssMb,
  };
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
