import { everyExperiment } from '../definitions/index.js';
import type { BrokenEntry, ReportEntry } from '../reports/entries.js';
import { capital } from '../reports/format.js';
import { sourceName } from '../reports/wording.js';
import type { PaperSource } from '../types.js';

/** A report with its place in the paper. */
export interface Card extends ReportEntry {
  /** `Table 10`; empty for what the paper has not. */
  readonly source: string;
}

export interface Group {
  readonly heading: string;
  readonly cards: readonly Card[];
}

type Source = Pick<PaperSource, 'kind' | 'number'>;

const HEADINGS: readonly (readonly [heading: string, kinds: readonly (Source['kind'] | 'benchmark')[]])[] = [
  ['Tables of the paper', ['table']],
  ['Figures of the paper', ['figure']],
  ['Theory and appendices', ['theorem', 'equation', 'appendix']],
  ['Of this suite', ['own']],
  ['Speed', ['benchmark']],
];

/** Reports in the order of the paper, those of this suite after them; what cannot be read is left out. */
export function groupsOf(entries: readonly (ReportEntry | BrokenEntry)[]): Group[] {
  const known = new Map(everyExperiment.map(({ id, paper }, i) => [id, { paper: paper as Source, order: i }]));
  const cards = entries.flatMap((entry) => {
    if ('broken' in entry) return [];
    const found = entry.experiment === null ? undefined : known.get(entry.experiment);
    const kind = entry.experiment === null ? ('benchmark' as const) : (found?.paper.kind ?? ('own' as const));
    const source = found && found.paper.kind !== 'own' ? capital(sourceName(found.paper)) : '';
    const number = typeof found?.paper.number === 'number' ? found.paper.number : Number.POSITIVE_INFINITY;
    return [{ kind, number, order: found?.order ?? 0, card: { ...entry, source } }];
  });
  return HEADINGS.map(([heading, kinds]) => ({
    heading,
    cards: cards
      .filter(({ kind }) => kinds.includes(kind))
      .sort((a, b) => compare(a.number, b.number) || a.order - b.order || (a.card.folder < b.card.folder ? -1 : 1))
      .map(({ card }) => card),
  })).filter((group) => group.cards.length > 0);
}

/** Without the NaN of ∞ − ∞. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
