import { comparePaired, holm, type RankCorrelation, spearman } from '../stats/index.js';
import { entropyText, fixed, listing, pPhrase, significant, times } from './format.js';
import { ALPHA, beyondNoise, type CellSummary, type Summary } from './summary.js';
import { lastEpochsText, settingName } from './wording.js';

/** Entropy / ln N from which on attention is called almost flat. */
export const FLAT = 0.95;

interface Stable {
  readonly cell: CellSummary;
  readonly jsd: number;
  readonly entropy: number;
  readonly instanceMass: number | null;
}

/** What attention does: its movement read beside its concentration, since flat attention cannot move. */
export function attentionReading(summary: Summary): string[] {
  const stable = summary.cells
    .flatMap((cell): Stable[] => {
      const { attention } = cell;
      return attention?.jsd == null ? [] : [{ ...attention, jsd: attention.jsd, cell }];
    })
    .sort((a, b) => a.jsd - b.jsd);
  if (stable.length === 0) return ['The runs hold no attention over epochs, so nothing is said about its stability.'];
  return [
    `${rangeText(summary, stable)} ${noiseText(summary, stable)}`.trim(),
    flatnessText(summary, stable),
    scoreText(summary, stable),
    massText(summary, stable),
  ].filter((text) => text !== null);
}

function rangeText(summary: Summary, stable: readonly Stable[]): string {
  const first = stable[0]!;
  const last = stable.at(-1)!;
  const over = `mean over ${lastEpochsText(summary.results)} and the test bags`;
  const one = (entry: Stable): string =>
    `${settingName(summary, entry.cell)} (JSD ${significant(entry.jsd)} nats, entropy / ln N ${entropyText(entry.entropy)})`;
  if (stable.length === 1) return `Attention of ${one(first)}; ${over}.`;
  return `Attention moves least from epoch to epoch with ${one(first)} and most with ${one(last)}; ${over}.`;
}

/** JSD against the reference's, pair by pair. Ratios are compared, since JSD spans decades. */
function noiseText(summary: Summary, stable: readonly Stable[]): string {
  const { reference } = summary;
  const base = reference && logJsd(reference);
  if (!reference || !base) return '';
  const compared = stable.flatMap(({ cell }) => {
    const values = cell.reference ? null : logJsd(cell);
    const test = values && comparePaired(values, base);
    return test?.p == null ? [] : [{ cell, mean: test.mean!, p: test.p }];
  });
  const adjusted = holm(compared.map(({ p }) => p));
  const name = settingName(summary, reference);
  if (compared.length === 0) return '';
  const ratios = compared.flatMap(({ cell, mean }, i) =>
    adjusted[i]! < ALPHA ? [`${settingName(summary, cell)} (${times(Math.exp(mean))} times)`] : [],
  );
  const how = 'paired t-test of log JSD, Holm-adjusted';
  if (ratios.length > 0) return `Against ${name}, JSD differs beyond noise (${how}) with ${listing(ratios)}.`;
  const smallest = Math.min(...adjusted.map((p) => p ?? 1));
  return `No setting's JSD differs from that of ${name} beyond noise (${how}; smallest ${pPhrase(smallest)}).`;
}

function logJsd(cell: CellSummary) {
  const runs = cell.attention?.runs ?? [];
  if (runs.length === 0 || runs.some((run) => run.jsd === null || run.jsd <= 0)) return null;
  return runs.map((run) => ({ split: run.split, seed: run.seed, value: Math.log(run.jsd!) }));
}

function flatnessText(summary: Summary, stable: readonly Stable[]): string | null {
  const flat = stable.filter((entry) => entry.entropy >= FLAT);
  const entropies = stable.map((entry) => entry.entropy);
  if (flat.length === stable.length) {
    const [low, high] = [entropyText(Math.min(...entropies)), entropyText(Math.max(...entropies))];
    const range = low === high ? low : `${low} to ${high}`;
    const which = stable.length === 1 ? '' : ' with every setting';
    return `Attention is almost flat${which} (entropy / ln N ${range}; 1 is flat): it hardly singles instances out, so it can hardly move, and a low JSD is no merit here.`;
  }
  const warning =
    flat.length === 0
      ? ''
      : ` Almost flat (entropy / ln N of ${FLAT} or more): ${listing(flat.map((entry) => settingName(summary, entry.cell)))}. Flat attention is stable whatever it has learnt, so a low JSD is no merit there.`;
  const correlation = spearman(
    stable.map((entry) => entry.jsd),
    entropies,
  );
  if (!correlation) return warning.trim() || null;
  const numbers = rho(correlation, ' between JSD and entropy / ln N');
  if (!isClear(correlation))
    return `Stability and flatness show no clear relation over the settings (${numbers}).${warning}`;
  return correlation.rho < 0
    ? `The stable settings are the flat ones (${numbers}): part of the stability may be flatness.${warning}`
    : `The stable settings are the concentrated ones (${numbers}): their stability is not flatness.${warning}`;
}

/** Only scores that differ beyond noise can go with anything. */
function scoreText(summary: Summary, stable: readonly Stable[]): string | null {
  const clauses = summary.metrics.flatMap((metric, m) => {
    if (beyondNoise(summary, metric).length === 0) return [];
    const scored = stable.flatMap((entry) => {
      const mean = entry.cell.metrics[m]?.mean ?? null;
      return mean === null ? [] : [{ jsd: entry.jsd, mean }];
    });
    const correlation = spearman(
      scored.map((entry) => entry.jsd),
      scored.map((entry) => entry.mean),
    );
    if (!correlation) return [];
    let words = 'no clear relation with';
    if (isClear(correlation)) words = correlation.rho < 0 ? 'the more stable the higher' : 'the more stable the lower';
    return [`${words} ${metric.label} (${rho(correlation)})`];
  });
  return clauses.length === 0 ? null : `JSD and scores over the settings: ${listing(clauses)}.`;
}

function massText(summary: Summary, stable: readonly Stable[]): string | null {
  const labelled = stable.filter((entry) => entry.instanceMass !== null);
  if (labelled.length === 0) return null;
  const ordered = [...labelled].sort((a, b) => a.instanceMass! - b.instanceMass!);
  const one = (entry: Stable): string => `${fixed(entry.instanceMass)} with ${settingName(summary, entry.cell)}`;
  const what = 'Attention mass on labelled instances, in the bags that have some';
  if (labelled.length === 1) return `${what}: ${one(labelled[0]!)}.`;
  const extremes = [ordered[0]!, ordered.at(-1)!];
  if (fixed(extremes[0]!.instanceMass) === fixed(extremes[1]!.instanceMass)) {
    return `${what}: ${fixed(extremes[0]!.instanceMass)} with every setting.`;
  }
  const first = labelled[0]!;
  const stableToo = extremes.includes(first) ? '' : `; the most stable setting has ${one(first)}`;
  return `${what}: from ${one(extremes[0]!)} to ${one(extremes[1]!)}${stableToo}. Uniform attention would give the share of labelled instances.`;
}

/** A rank correlation that chance gives in fewer than one of twenty orders; for many settings, a strong one. */
function isClear({ rho: value, p }: RankCorrelation): boolean {
  return p === null ? Math.abs(value) >= 0.7 : p < ALPHA;
}

function rho(correlation: RankCorrelation, of = ''): string {
  const p = correlation.p === null ? '' : `, exact ${pPhrase(correlation.p)}`;
  return `Spearman ρ = ${fixed(correlation.rho, 2)}${of}${p}`;
}
