import { ATTENTION_COLUMNS } from '../attention-columns.js';
import { fixed, NONE } from '../format.js';
import { METRICS } from '../metrics.js';
import { bestCells, type CellSummary, meanStdOf, type Summary } from '../summary.js';
import type { ReportTable, TableCell, TableColumn } from '../tables.js';
import { cohortTitle } from '../wording.js';
import { epochsOf, meanOf, POINTS, type Points, VARIANTS, type Variant } from './epochs.js';

interface Column extends TableColumn {
  readonly read: (cell: CellSummary) => number | null;
  /** Whether the largest value is marked. */
  readonly best?: boolean;
  /** Default: three decimals. */
  readonly show?: (value: number) => string;
}

/** Further tables on localisation: all counts of FROC, other scores of tiles, and what the bags are decided as. */
export function localizationTables(summary: Summary): ReportTable[] {
  const title = (what: string): string => `${what}: ${cohortTitle(summary.results.cohort)}`;
  return [
    tableOf(summary, title('Decisions on slides, and concentration of attention'), contextColumns(summary), [
      'Scores of the same epoch and test slides; attention over the last epochs, as in the table of attention.',
    ]),
    tableOf(summary, title('FROC score by the way of counting'), frocColumns(), [
      'Points: peaks (a tile above 0.5 that no neighbour exceeds; the default), every tile from 0.5, or one for each group of such tiles.',
      'v1 and v2 are the challenge’s first script with interpolation (the default) and the later one without; “normal slides” counts false positives on slides without lesions alone, as Appendix L words it; “at most” takes no sensitivity from beyond a target.',
      'Bold: the highest mean of a column.',
    ]),
    tableOf(summary, title('Dice, specificity and FROC by the scores of tiles'), scaleColumns(summary), [
      'Per slide: rescaled to 0 to 1 within each slide (the default). All slides: with the extremes of all test slides together. Raw: attention as it is, threshold 0.5. Dice by tiles compares marked with labelled tiles.',
      ...(hasLogits(summary)
        ? [
            'Evidence: the class activation of a tile, which section 5.3 names for DTFD-MIL where Appendix L names attention.',
          ]
        : []),
    ]),
  ].flatMap((table) => table ?? []);
}

function frocColumns(): Column[] {
  return (Object.keys(POINTS) as Points[]).flatMap((points) =>
    (Object.keys(VARIANTS) as Variant[]).map(
      (variant): Column => ({
        group: POINTS[points],
        label: VARIANTS[variant],
        alone: `${POINTS[points]}: ${VARIANTS[variant]}`,
        best: true,
        read: (cell) => meanOf(cell, ({ attention }) => attention.froc[points][variant]),
      }),
    ),
  );
}

function scaleColumns(summary: Summary): Column[] {
  const group = (
    name: string,
    read: (
      epoch: ReturnType<typeof epochsOf>[number],
    ) => { dice: number | null; diceTile: number | null; specificity: number | null; froc: number | null } | null,
  ): Column[] =>
    (
      [
        ['Dice', 'dice'],
        ['Dice by tiles', 'diceTile'],
        ['specificity', 'specificity'],
        ['FROC', 'froc'],
      ] as const
    ).map(([label, field]) => ({
      group: name,
      label,
      alone: `${label} (${name})`,
      read: (cell) => meanOf(cell, (epoch) => read(epoch)?.[field]),
    }));
  const single = ({ froc, ...rest }: ReturnType<typeof epochsOf>[number]['attention']) => ({
    ...rest,
    froc: froc.nms.camelyon16_v1_interp,
  });
  return [
    ...group('per slide', ({ attention }) => single(attention)),
    ...group('all slides', ({ scales }) => scales.globalMinmax),
    ...group('raw', ({ scales }) => scales.none),
    ...(hasLogits(summary) ? group('evidence', ({ tileLogits }) => tileLogits && single(tileLogits)) : []),
  ];
}

const hasLogits = (summary: Summary): boolean =>
  summary.cells.some((cell) => epochsOf(cell).some(({ tileLogits }) => tileLogits !== null));

const CONCENTRATION = ['entropy', 'peak', 'instanceMass', 'instanceAuc'] as const;

function contextColumns(summary: Summary): Column[] {
  const scores = METRICS.filter(({ id }) => id !== 'accuracy').map(
    (metric): Column => ({
      group: 'slides',
      label: metric.label,
      best: true,
      read: (cell) => meanStdOf(cell.finished.flatMap((run) => metric.read(run, 'selected') ?? [])).mean,
    }),
  );
  const attention = ATTENTION_COLUMNS.filter(({ field }) => (CONCENTRATION as readonly string[]).includes(field)).map(
    ({ field, label, text }): Column => ({
      ...{ group: 'attention', label, show: text },
      read: (cell) => cell.attention?.[field] ?? null,
    }),
  );
  const points: Column = {
    group: 'points',
    label: 'a slide',
    alone: 'points a slide',
    read: (cell) => meanOf(cell, ({ detail }) => detail.detections),
  };
  return [...scores, ...attention, points].filter((column) => summary.cells.some((cell) => column.read(cell) !== null));
}

/** Null where no cell has a value. */
function tableOf(
  summary: Summary,
  title: string,
  columns: readonly Column[],
  notes: readonly string[],
): ReportTable | null {
  const used = columns.filter((column) => summary.cells.some((cell) => column.read(cell) !== null));
  if (used.length === 0) return null;
  const bests = used.map(({ best, read }) => new Set(best ? bestCells(summary, read) : []));
  return {
    title,
    columns: [
      { group: '', label: summary.experiment.factor.label, text: true },
      ...used.map(({ group, label, alone }) => ({ group, label, ...(alone ? { alone } : {}) })),
    ],
    rows: summary.cells.map((cell, row) => ({
      reference: cell.reference,
      cells: [
        { text: cell.label, sort: row },
        ...used.map(({ read, show = fixed }, i): TableCell => {
          const value = read(cell);
          return { text: value === null ? NONE : show(value), sort: value, best: bests[i]!.has(cell) };
        }),
      ],
    })),
    notes,
  };
}
