import type { ReportTable } from '../reports/tables.js';
import { column, number, whole, word } from './cells.js';
import { growthOf, slideGrowthOf } from './growth.js';
import type { BenchResults } from './types.js';

/** How the largest bags grow; null without three sizes. */
export function growthTable({ rows }: BenchResults): ReportTable | null {
  const growth = growthOf(rows);
  if (growth.length === 0) return null;
  return {
    title: 'Growth with the size of the bag',
    columns: [
      column('model', true),
      column('engine', true),
      column('N', true),
      column('exponent of time'),
      column('of memory'),
    ],
    rows: growth.map(({ model, engine, from, to, time, memory }) => ({
      reference: false,
      cells: [
        word(model),
        word(engine),
        { text: `${from.toLocaleString('en')} to ${to.toLocaleString('en')}`, sort: from },
        number(time, 2),
        number(memory, 2),
      ],
    })),
    notes: [
      'The slope of a straight line through ln time (or ln memory above the runtime’s own) over ln N, over the largest decade of N: 1 is linear, 2 quadratic; below 1, what does not depend on N still weighs.',
    ],
  };
}

/** How many slides cost; null without three numbers of slides. */
export function slideGrowthTable({ slides = [] }: BenchResults): ReportTable | null {
  const growth = slideGrowthOf(slides);
  if (growth.length === 0) return null;
  return {
    title: 'Growth with the number of slides',
    columns: [
      column('model', true),
      column('engine', true),
      column('features kept', true),
      column('slides'),
      column('exponent of time'),
      column('of memory'),
      column('MiB a slide'),
    ],
    rows: growth.map(({ model, engine, budgetMb, from, to, time, memory, mbPerSlide }) => ({
      reference: false,
      cells: [
        word(model),
        word(engine),
        kept(budgetMb),
        { text: `${from.toLocaleString('en')} to ${to.toLocaleString('en')}`, sort: to },
        number(time, 2),
        number(memory, 2),
        number(mbPerSlide, 3),
      ],
    })),
    notes: [
      `The slope of a straight line through ln time (or ln memory above that of the process after two slides) over ln S: 1 is linear, 0 is flat. MiB a slide: the slope of peak memory over S on plain axes; the features of a slide take ${featuresMb(slides[0]!).toFixed(3)} MiB.`,
    ],
  };
}

/** One line a case; null without cases. */
export function slideTable({ slides = [] }: BenchResults): ReportTable | null {
  if (slides.length === 0) return null;
  return {
    title: 'Every number of slides',
    columns: [
      column('model', true),
      column('engine', true),
      column('features kept', true),
      column('slides'),
      column('epoch + evaluation, s'),
      column('fastest'),
      column('repetitions'),
      column('ms a slide'),
      column('of it loading'),
      column('peak memory, MiB'),
      column('after two slides'),
    ],
    rows: slides.map((row) => ({
      reference: false,
      cells: [
        word(row.model),
        word(row.engine),
        kept(row.budgetMb),
        whole(row.slides),
        number(row.secondsMedian),
        number(row.secondsMin),
        whole(row.reps),
        number(row.msPerSlide),
        number(row.loadMsPerSlide),
        number(row.peakRssMb, 1),
        number(row.baseRssMb, 1),
      ],
    })),
    notes: ['Median over the repetitions; a case is repeated up to three times within a second.'],
  };
}

/** MiB that the features of one slide take. */
export function featuresMb({ n, d }: { readonly n: number; readonly d: number }): number {
  return (n * d * Float32Array.BYTES_PER_ELEMENT) / 1024 ** 2;
}

const kept = (budgetMb: number | null) => word(budgetMb === null ? 'all' : `${budgetMb} MiB`);
