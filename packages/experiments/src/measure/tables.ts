import { fixed, NONE, significant } from '../reports/format.js';
import type { ReportTable, TableCell } from '../reports/tables.js';
import type { CostResults, CostRow, Measurement, PaperCost, Times } from './types.js';

const text = (value: string, sort: number | string | null): TableCell => ({ text: value, sort });
const number = (value: number | null | undefined, digits?: number): TableCell =>
  text(digits === undefined ? significant(value) : fixed(value, digits), value ?? null);
const whole = (value: number): TableCell => text(value.toLocaleString('en'), value);
const millions = (macs: number | null): TableCell => text(macs === null ? NONE : fixed(macs / 1e6, 1), macs);
const fastest = ({ min, median }: Times): TableCell => text(`${significant(min)} (${significant(median)})`, min);
const middleHalf = ({ p25, p75 }: Times): TableCell => text(`${significant(p25)}–${significant(p75)}`, p75 - p25);

const paperOf = ({ paper }: Measurement, row: CostRow): PaperCost | undefined =>
  paper.rows.find(({ cell }) => cell === row.cell);

/** Cost of every cell: what a prediction reads and multiplies, times and memory, the paper's own figures beside them. */
export function costTable(results: CostResults, measurement: Measurement): ReportTable {
  const { rows, bag } = results;
  const against = rows.find(({ baseline }) => baseline === null)?.label ?? 'the reference';
  const treated = measurement.treatments !== undefined;
  return {
    title: `${results.title}: a bag of ${bag.n.toLocaleString('en')} instances, ${bag.d} features each`,
    columns: [
      { group: '', label: measurement.factor.label, text: true },
      { group: 'work of a prediction', label: 'parameters' },
      { group: 'work of a prediction', label: 'MACs (M)' },
      ...(treated
        ? []
        : [{ group: 'work of a prediction', label: 'published code (M)', alone: 'MACs of the published code (M)' }]),
      { group: 'training', label: 'ms a step', alone: 'training, ms a step' },
      { group: 'training', label: treated ? '/ host alone' : `/ ${against}`, alone: 'training / baseline' },
      { group: 'training', label: 'memory (MiB)', alone: 'training memory (MiB)' },
      { group: 'inference', label: 'ms a bag', alone: 'inference, ms a bag' },
      { group: 'inference', label: treated ? '/ host alone' : `/ ${against}`, alone: 'inference / baseline' },
      { group: 'inference', label: 'memory (MiB)', alone: 'inference memory (MiB)' },
    ],
    rows: rows.map((row, i) => ({
      reference: row.baseline === null && !treated,
      cells: [
        text(row.label, i),
        whole(row.params),
        millions(row.macs),
        ...(treated ? [] : [millions(row.publishedMacs)]),
        fastest(row.step),
        number(row.step.ratioMin, 2),
        number(row.trainMb, 0),
        fastest(row.infer),
        number(row.infer.ratioMin, 2),
        number(row.inferMb, 0),
      ],
    })),
    notes: [
      'MACs: multiply-accumulates of the matrix products and convolutions of one prediction, counted while it runs; one is what the paper calls a FLOP.',
      ...(treated
        ? []
        : [
            'Published code: the same by the closed form of the published program; this suite reaches its numbers with fewer products for some.',
          ]),
      'Times: the fastest repetition (the median in brackets), one thread; ratios are of the fastest, taken in turns within the same rounds, since whatever else a machine does only adds time.',
      'Memory: largest resident memory above the engine’s own; inference has a process to itself.',
    ],
  };
}

/** The paper's figures and ours as what two machines can have in common: counts and ratios. Null where it has none. */
export function paperTable(results: CostResults, measurement: Measurement): ReportTable | null {
  const pairs = results.rows.flatMap((row) => {
    const paper = paperOf(measurement, row);
    return paper ? [{ row, paper }] : [];
  });
  if (pairs.length === 0) return null;
  const relative = ({ row }: { row: CostRow }, of: (cost: PaperCost) => number): number | null => {
    const own = measurement.paper.rows.find(({ cell }) => cell === row.cell);
    const base = measurement.paper.rows.find(({ cell }) => cell === row.baseline);
    return own && base ? of(own) / of(base) : null;
  };
  return {
    title: 'Beside the paper',
    columns: [
      { group: '', label: measurement.factor.label, text: true },
      { group: 'MACs (M)', label: 'here', alone: 'MACs here (M)' },
      { group: 'MACs (M)', label: 'paper', alone: 'FLOPs, paper (M)' },
      { group: 'training time / baseline', label: 'here', alone: 'training / baseline, here' },
      { group: 'training time / baseline', label: 'paper', alone: 'training / baseline, paper' },
      { group: 'inference time / baseline', label: 'here', alone: 'inference / baseline, here' },
      { group: 'inference time / baseline', label: 'paper', alone: 'inference / baseline, paper' },
      { group: 'paper, its own machine', label: 's an epoch', alone: 'paper, training s an epoch' },
      { group: 'paper, its own machine', label: 'training MB', alone: 'paper, training MB' },
      { group: 'paper, its own machine', label: 'inference s', alone: 'paper, inference s' },
      { group: 'paper, its own machine', label: 'inference MB', alone: 'paper, inference MB' },
    ],
    rows: pairs.map((pair, i) => {
      const { row, paper } = pair;
      return {
        reference: row.baseline === null,
        cells: [
          text(row.label, i),
          millions(row.publishedMacs ?? row.macs),
          number(paper.macsMillions, 0),
          number(row.step.ratioMin, 2),
          number(
            relative(pair, ({ trainSeconds }) => trainSeconds),
            2,
          ),
          number(row.infer.ratioMin, 2),
          number(
            relative(pair, ({ inferSeconds }) => inferSeconds),
            2,
          ),
          number(paper.trainSeconds, 2),
          number(paper.trainMb, 0),
          number(paper.inferSeconds, 2),
          number(paper.inferMb, 0),
        ],
      };
    }),
    notes: [
      'MACs here: of the published code by closed form where one is known, else counted.',
      'The paper’s figures are printed for BRACS on an NVIDIA A5000, compute for 2,000 tiles; they were not measured by this suite.',
    ],
  };
}

/** Every repetition count, minimum and training-only parameter, for those who want them. */
export function detailTable({ rows }: CostResults, measurement: Measurement): ReportTable {
  return {
    title: 'Every measurement',
    columns: [
      { group: '', label: measurement.factor.label, text: true },
      { group: '', label: 'parameters of training alone' },
      { group: '', label: 'steps' },
      { group: '', label: 'middle half of the steps, ms' },
      { group: '', label: 'median step / baseline’s' },
      { group: '', label: 'inferences' },
      { group: '', label: 'middle half of the inferences, ms' },
      { group: '', label: 'median inference / baseline’s' },
    ],
    rows: rows.map((row, i) => ({
      reference: false,
      cells: [
        text(row.label, i),
        whole(row.trainingParams),
        whole(row.step.reps),
        middleHalf(row.step),
        number(row.step.ratio, 2),
        whole(row.infer.reps),
        middleHalf(row.infer),
        number(row.infer.ratio, 2),
      ],
    })),
    notes: [
      'Parameters of training alone: copies of weights that anchors and teachers keep; a prediction reads none of them.',
    ],
  };
}
