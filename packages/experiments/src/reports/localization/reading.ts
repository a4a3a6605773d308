import type { LocalizationTruth } from '../../localization/types.js';
import { spearman } from '../../stats/index.js';
import { capital, count, fixed, listing, pPhrase, signed } from '../format.js';
import type { ReadingSection } from '../reading.js';
import { ALPHA, bestCells, type CellSummary, metricOf, type Summary } from '../summary.js';
import { settingName } from '../wording.js';
import { epochsOf, meanOf, POINTS, type Points, TARGETS, truthsOf, VARIANTS, type Variant } from './epochs.js';

/** What the numbers on localisation say, and what the ways of counting make of them. */
export function localizationReading(summary: Summary): ReadingSection {
  const paragraphs = [
    truthText(summary),
    firstPointText(summary),
    countingText(summary),
    anchorText(summary),
    concentrationText(summary),
  ].filter((text) => text !== null);
  return { heading: 'Localisation', paragraphs };
}

/** What there is to be found, and between which bounds scores can lie. */
function truthText(summary: Summary): string | null {
  const truths = truthsOf(summary);
  const [first] = truths;
  if (!first) return null;
  const range = (read: (truth: LocalizationTruth) => number): string => {
    const values = truths.map(read);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return low === high ? String(low) : `${low} to ${high}`;
  };
  const least = Math.min(...truths.map(({ lesions }) => lesions));
  const where = truths.length === 1 ? 'The test slides' : 'The test slides of a split';
  const slides = `${where}: ${range((t) => t.tumourSlides)} with lesions and ${range((t) => t.normalSlides)} without.`;
  const lesions = `There are ${range((t) => t.lesions)} lesions to be found${least > 0 ? ` (one moves a sensitivity by ${fixed(1 / least, 2)} or less)` : ''}, and ${range((t) => t.itcs)} foci of isolated tumour cells, which count neither as found nor as missed.`;
  const bounds = first.ofLabels.dice === null ? '' : boundsText(first, truths.length > 1);
  return [slides, lesions, bounds].filter((text) => text !== '').join(' ');
}

function boundsText(truth: LocalizationTruth, several: boolean): string {
  const { ofLabels, diceOfAll } = truth;
  const at = several ? ' (of the first split)' : '';
  const froc = ofLabels.froc === null ? '' : ` and a FROC score of ${fixed(ofLabels.froc)}`;
  return `The labels of the tiles themselves have a Dice of ${fixed(ofLabels.dice)}${froc}${at}: tiles of ${Math.round(truth.tileUm)} µm allow no more. A map that marks every tile has a Dice of ${fixed(diceOfAll)} and a specificity of 0.`;
}

/** Which targets lie left of what any threshold reaches. */
function firstPointText(summary: Summary): string | null {
  const firsts = summary.cells.flatMap((cell) => epochsOf(cell).flatMap(({ detail }) => detail.first?.avgFp ?? []));
  if (firsts.length === 0) return null;
  const [low, high] = [Math.min(...firsts), Math.max(...firsts)];
  const span = fixed(low, 2) === fixed(high, 2) ? fixed(low, 2) : `${fixed(low, 2)} to ${fixed(high, 2)}`;
  const below = TARGETS.filter((target) => target < high);
  if (below.length === 0) return null;
  const names = listing(below.map(targetName));
  return `Rescaling gives the best tile of every slide the score 1, on slides without lesions too. The highest threshold therefore already costs ${span} false positives a slide, and what the score counts at ${names} is interpolated towards (0, 0) ${below.length === TARGETS.length ? 'throughout' : 'with some or all runs'}: no threshold works there.`;
}

const targetName = (target: number): string => (target < 1 ? `1/${1 / target}` : String(target));

/** Whether the order hangs on how points are made and false positives counted. */
function countingText(summary: Summary): string | null {
  const ways = (Object.keys(POINTS) as Points[]).flatMap((points) =>
    (Object.keys(VARIANTS) as Variant[]).flatMap((variant) => {
      const read = (cell: CellSummary) => meanOf(cell, ({ attention }) => attention.froc[points][variant]);
      const values = summary.cells.flatMap((cell) => read(cell) ?? []);
      return values.length < 2 ? [] : [{ best: bestCells(summary, read), values }];
    }),
  );
  const [standard] = ways;
  if (!standard) return null;
  const tally = new Map<string, number>();
  for (const { best } of ways) {
    for (const cell of best) tally.set(settingName(summary, cell), (tally.get(settingName(summary, cell)) ?? 0) + 1);
  }
  const leaders = [...tally].sort((a, b) => b[1] - a[1]);
  const all = ways.length;
  const who =
    leaders.length === 1
      ? `${leaders[0]![0]} is highest in all of them`
      : `highest are ${listing(leaders.map(([name, times]) => `${name} (${times} of ${all})`))}`;
  const orders = ways.slice(1).flatMap(({ values }) => spearman(standard.values, values)?.rho ?? []);
  const least =
    orders.length > 0
      ? ` The order of the settings agrees with that of the default with ρ = ${fixed(Math.min(...orders), 2)} or more.`
      : '';
  return `FROC can be counted in ${all} ways here (points × variant): ${who}.${least}`;
}

/** ASMIL beside itself without its anchor and with a flat target in the anchor's place. */
function anchorText(summary: Summary): string | null {
  const { reference } = summary;
  const controls = summary.cells.filter(({ key }) => reference && key.startsWith(`${reference.key}.`));
  if (!reference || controls.length === 0) return null;
  const clauses = controls.map((cell) => {
    const parts = summary.metrics.flatMap((metric) => {
      const { comparison } = metricOf(cell, metric);
      const difference = comparison?.mean;
      if (difference === null || difference === undefined) return [];
      const p = comparison?.pHolm ?? null;
      const told = p === null ? '' : p < ALPHA ? ` (${pPhrase(p)})` : ' (within noise)';
      return [`${metric.label} ${signed(-difference)}${told}`];
    });
    return parts.length === 0 ? null : `against ${settingName(summary, cell)}: ${listing(parts)}`;
  });
  const said = clauses.filter((clause) => clause !== null);
  if (said.length === 0) return null;
  const tested = summary.metrics.some((metric) => controls.some((c) => metricOf(c, metric).comparison?.pHolm != null));
  const caveat = tested ? '' : ' With one pair of runs none of this can be told from noise.';
  return `What the anchor is worth here, ${settingName(summary, reference)} ${said.join('; ')}.${caveat} Only what exceeds the uniform target is the anchor’s own: a flat target knows nothing of the tiles.`;
}

/** Rescaling hides how concentrated a map is; whether that goes with the scores is asked here. */
function concentrationText(summary: Summary): string | null {
  const clauses = summary.metrics.flatMap((metric) => {
    const pairs = summary.cells.flatMap((cell) => {
      const { mean } = metricOf(cell, metric);
      return mean === null || !cell.attention ? [] : [{ mean, entropy: cell.attention.entropy }];
    });
    const found = spearman(
      pairs.map(({ entropy }) => entropy),
      pairs.map(({ mean }) => mean),
    );
    return found
      ? [`${metric.label} (ρ = ${fixed(found.rho, 2)}${found.p === null ? '' : `, exact ${pPhrase(found.p)}`})`]
      : [];
  });
  if (clauses.length === 0) return null;
  return `${capital('rescaling')} by slide makes a flat map as bright as a peaked one, so scores here say where a map is highest and not how sure it is. Over ${count(summary.cells.length, 'setting')}, entropy / ln N goes with ${listing(clauses)}.`;
}
