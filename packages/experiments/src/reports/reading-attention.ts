import { spearman } from '../stats/index.js';
import { LAST_EPOCHS } from './attention.js';
import { fixed, listing, pPhrase, significant } from './format.js';
import type { CellSummary, Summary } from './summary.js';
import { settingName } from './wording.js';

/** Entropy / ln N from which on attention is called almost flat. */
const FLAT = 0.95;
/** Rank correlations from here on are called a tendency. */
const TENDENCY = 0.5;

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
    rangeText(summary, stable),
    flatnessText(summary, stable),
    scoreText(summary, stable),
    massText(summary, stable),
  ].filter((text) => text !== null);
}

function rangeText(summary: Summary, stable: readonly Stable[]): string {
  const first = stable[0]!;
  const last = stable.at(-1)!;
  const over = `mean over the last ${LAST_EPOCHS} epochs and the test bags`;
  const one = (entry: Stable): string =>
    `${settingName(summary, entry.cell)} (JSD ${significant(entry.jsd)} nats, entropy / ln N ${fixed(entry.entropy, 2)})`;
  if (stable.length === 1) return `Attention of ${one(first)}; ${over}.`;
  return `Attention moves least from epoch to epoch with ${one(first)} and most with ${one(last)}; ${over}.`;
}

function flatnessText(summary: Summary, stable: readonly Stable[]): string | null {
  const flat = stable.filter((entry) => entry.entropy >= FLAT);
  const warning =
    flat.length === 0
      ? ''
      : ` Almost flat (entropy / ln N of ${FLAT} or more): ${listing(flat.map((entry) => settingName(summary, entry.cell)))}. Flat attention is stable whatever it has learnt, so a low JSD is no merit there.`;
  const correlation = spearman(
    stable.map((entry) => entry.jsd),
    stable.map((entry) => entry.entropy),
  );
  if (!correlation) return warning.trim() || null;
  const numbers = rho(correlation, ' between JSD and entropy / ln N');
  if (correlation.rho <= -TENDENCY) {
    return `The stable settings are the flat ones (${numbers}): part of the stability may be flatness.${warning}`;
  }
  if (correlation.rho >= TENDENCY) {
    return `The stable settings are the concentrated ones (${numbers}): their stability is not flatness.${warning}`;
  }
  return `Stability and flatness do not go together here (${numbers}).${warning}`;
}

function scoreText(summary: Summary, stable: readonly Stable[]): string | null {
  const clauses = summary.metrics.flatMap((metric, m) => {
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
    if (correlation.rho <= -TENDENCY) words = 'the more stable the higher';
    else if (correlation.rho >= TENDENCY) words = 'the more stable the lower';
    return [`${words} ${metric.label} (${rho(correlation)})`];
  });
  return clauses.length === 0 ? null : `JSD and scores over the settings: ${listing(clauses)}.`;
}

function massText(summary: Summary, stable: readonly Stable[]): string | null {
  const labelled = stable.filter((entry) => entry.instanceMass !== null);
  if (labelled.length === 0) return null;
  const ordered = [...labelled].sort((a, b) => a.instanceMass! - b.instanceMass!);
  const one = (entry: Stable): string => `${fixed(entry.instanceMass, 2)} with ${settingName(summary, entry.cell)}`;
  const what = 'Attention mass on labelled instances, in the bags that have some';
  if (labelled.length === 1) return `${what}: ${one(labelled[0]!)}.`;
  const first = labelled[0]!;
  const extremes = [ordered[0]!, ordered.at(-1)!];
  const stableToo = extremes.includes(first) ? '' : `; the most stable setting has ${one(first)}`;
  return `${what}: from ${one(extremes[0]!)} to ${one(extremes[1]!)}${stableToo}.`;
}

function rho(correlation: { readonly rho: number; readonly p: number | null }, of = ''): string {
  const p = correlation.p === null ? '' : `, exact ${pPhrase(correlation.p)}`;
  return `Spearman ρ = ${fixed(correlation.rho, 2)}${of}${p}`;
}
