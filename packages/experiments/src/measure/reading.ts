import { count, fixed, listing, significant } from '../reports/format.js';
import type { ReadingSection } from '../reports/reading.js';
import {
  besidePaper,
  COUNT_TOLERANCE,
  comparableMacs,
  macsAgree,
  overheads,
  RATIO_TOLERANCE,
  SAME_ORDER,
  sameOrder,
  TIME_NOISE,
} from './agreement.js';
import type { CostResults, CostRow, Measurement } from './types.js';

/** What the numbers say, in words; every "agrees" is by a rule that is named beside it. */
export function costReading(results: CostResults, measurement: Measurement): ReadingSection[] {
  const treated = measurement.treatments !== undefined;
  return [
    { heading: 'Cost', paragraphs: treated ? trainingText(results, measurement) : rangeText(results) },
    ...(treated ? [{ heading: 'At inference', paragraphs: inferenceText(results, measurement) }] : []),
    {
      heading: 'Beside the paper',
      paragraphs: treated ? overheadBesidePaper(results, measurement) : costBesidePaper(results, measurement),
    },
    { heading: 'Limits', paragraphs: limits(results) },
  ].filter(({ paragraphs }) => paragraphs.length > 0);
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const millions = (macs: number): string => `${significant(macs / 1e6)} M`;

function rangeText({ rows }: CostResults): string[] {
  if (rows.length < 2) return [];
  const ends = (of: (row: CostRow) => number, text: (value: number) => string): string => {
    const order = [...rows].sort((a, b) => of(a) - of(b));
    const [least, most] = [order[0]!, order.at(-1)!];
    return `from ${text(of(least))} (${least.label}) to ${text(of(most))} (${most.label})`;
  };
  const folded = rows.filter(({ macs, publishedMacs }) => publishedMacs !== null && macs < 0.95 * publishedMacs);
  return [
    `A prediction takes ${ends(({ macs }) => macs, millions)} multiply-accumulates and ${ends(
      ({ infer }) => infer.min,
      (ms) => `${significant(ms)} ms`,
    )}; a training step ${ends(
      ({ step }) => step.min,
      (ms) => `${significant(ms)} ms`,
    )}; parameters go ${ends(
      ({ params }) => params,
      (n) => n.toLocaleString('en'),
    )}.`,
    ...(folded.length === 0
      ? []
      : [
          `Reached with fewer products than the published code makes, to the same numbers: ${listing(folded.map(({ label, macs, publishedMacs }) => `${label} (${millions(macs)} of ${millions(publishedMacs!)})`))}.`,
        ]),
  ];
}

function costBesidePaper(results: CostResults, measurement: Measurement): string[] {
  const both = besidePaper(results, measurement);
  if (both.length === 0) return [];
  const off = both.filter((each) => !macsAgree(each));
  const offText = off.map(
    ({ row, paper }) => `${row.label} (${millions(comparableMacs(row))} here, ${paper.macsMillions} M printed)`,
  );
  const lines = [
    `Work at inference agrees with the paper’s for ${both.length - off.length} of ${count(both.length, 'method')} (rule: the published code’s multiply-accumulates, by closed form where there is one, within ${percent(COUNT_TOLERANCE)} of the printed FLOPs).${off.length === 0 ? '' : ` Not for ${listing(offText)}.`}`,
  ];
  const order = (
    what: string,
    here: (row: CostRow) => number,
    there: (paper: (typeof both)[number]['paper']) => number,
  ) => {
    const same = sameOrder(
      both.map(({ row }) => here(row)),
      both.map(({ paper }) => there(paper)),
    );
    if (same)
      lines.push(
        `The order of the methods by ${what} ${same.agrees ? 'agrees' : 'does not agree'} with the paper’s (Spearman ρ ${fixed(same.rho, 2)}; rule: at least ${SAME_ORDER}).`,
      );
  };
  order(
    'training time',
    ({ step }) => step.min,
    ({ trainSeconds }) => trainSeconds,
  );
  order(
    'inference time',
    ({ infer }) => infer.min,
    ({ inferSeconds }) => inferSeconds,
  );
  return lines;
}

function trainingText(results: CostResults, measurement: Measurement): string[] {
  const all = overheads(results, measurement);
  return (measurement.treatments?.steps.slice(1) ?? []).flatMap((step) => {
    const own = all.filter(({ row }) => row.factors[measurement.treatments!.treatment] === step);
    if (own.length === 0) return [];
    const sorted = [...own].sort((a, b) => a.ratio - b.ratio);
    const [least, most] = [sorted[0]!, sorted.at(-1)!];
    const copies = own.filter(({ row, host }) => row.trainingParams > host.trainingParams).length;
    return `In training, ${step} makes a step ${fixed(sorted[sorted.length >> 1]!.ratio, 2)} times as long in the middle (${fixed(least.ratio, 2)} for ${least.row.label}, ${fixed(most.ratio, 2)} for ${most.row.label}); ${copies === own.length ? 'every host keeps' : `${copies} of ${own.length} hosts keep`} a copy of its attention block.`;
  });
}

function inferenceText(results: CostResults, measurement: Measurement): string[] {
  const all = overheads(results, measurement);
  if (all.length === 0) return [];
  const told = (what: string, holds: (each: (typeof all)[number]) => boolean, rule: string): string => {
    const not = all.filter((each) => !holds(each)).map(({ row }) => row.label);
    return not.length === 0
      ? `No ${what} is added at inference in any of ${count(all.length, 'pair')} of host and treatment (rule: ${rule}).`
      : `Against the claim, ${what} differs at inference for ${listing(not)} of ${count(all.length, 'pair')} (rule: ${rule}).`;
  };
  return [
    told('parameter', ({ sameParams }) => sameParams, 'as many numbers as the host alone, exactly'),
    told(
      'operation',
      ({ sameMacs }) => sameMacs,
      'as many multiply-accumulates as the host alone, exactly, counted while a bag is predicted',
    ),
    told(
      'time',
      ({ noTime }) => noTime,
      `the fastest or the median inference longer by at most ${percent(TIME_NOISE)} than the host’s in the same rounds, which is what the machine’s noise leaves open`,
    ),
  ];
}

function overheadBesidePaper(results: CostResults, measurement: Measurement): string[] {
  const both = overheads(results, measurement).filter(({ paperRatio }) => paperRatio !== null);
  if (both.length === 0) return [];
  const off = both.filter(({ agrees }) => !agrees);
  const text = off.map(
    ({ row, ratio, paperRatio }) => `${row.label} (${fixed(ratio, 2)} here, ${fixed(paperRatio, 2)} there)`,
  );
  return [
    `What the anchor costs in training agrees with the paper for ${both.length - off.length} of ${count(both.length, 'host')} (rule: the ratio of training times within ${RATIO_TOLERANCE} of the paper’s).${off.length === 0 ? '' : ` Not for ${listing(text)}.`} The paper has one row with the anchor a host and does not say whether NSF is in it; it stands beside the plain anchor here.`,
  ];
}

function limits({ rows, load, cores, bag }: CostResults): string[] {
  const busy = Math.max(...load) > 2;
  const eager = rows.filter(({ fallback }) => fallback !== null).map(({ label }) => label);
  return [
    `Times are of one machine (${cores} cores, one thread) and one hour; its load average was ${fixed(load[0], 1)} at the start and ${fixed(load[1], 1)} at the end, and 1 is this measurement alone.${busy ? ' Other work shared the machine, so the times are longer than it needs and a ratio may be off by more than its digits.' : ''} Ratios are of repetitions taken in turns, so they carry further. The paper measured on a GPU: its seconds an epoch and megabytes can be set beside these only as ratios.`,
    `One bag of ${bag.n.toLocaleString('en')} instances of noise, without reading files. Memory is what the process held at most above the engine alone, which includes compiling the step and checking it once; allocators round it, so a few MiB mean nothing.`,
    ...(eager.length === 0
      ? []
      : [`Run operation by operation, because the engine could not compile them: ${listing(eager)}.`]),
  ];
}
