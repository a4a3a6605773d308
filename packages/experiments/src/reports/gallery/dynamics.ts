import type { TopLevelSpec } from 'vega-lite';
import { type ChartRow, inlineRows } from '../charts/inline-rows.js';
import { type Chart, frameOf, logAxis, needsLog, orderedScales, POINTER_TARGET } from '../charts/theme.js';
import { listing, rounded } from '../format.js';
import { typicalSlides } from './choose.js';
import { gridOf } from './grid.js';
import { heightOf, relativeWeights, tileLayers, topOf } from './map-panel.js';
import type { Gallery, Portrayed, Slide } from './types.js';

/** Epochs whose maps a chart holds; lines have all epochs. */
const MOST_MAPS = 8;
const LINES = 600;
/** Name of the selection that links lines and maps. */
const PICKED = 'picked_epoch';

/**
 * Attention of one slide over training, one chart for a normal and one for a lesion slide: Jensen–Shannon divergence from
 * epoch to epoch and cross entropy as lines, and the map of each setting at the epoch under the pointer.
 */
export function dynamicsCharts(gallery: Gallery): Chart[] {
  const [first] = gallery.runs;
  if (!first) return [];
  const { normal, lesion } = typicalSlides(first.slides);
  return [
    ...(normal ? [dynamics(gallery, normal, 'normal')] : []),
    ...(lesion ? [dynamics(gallery, lesion, 'lesion')] : []),
  ].filter((chart) => chart !== null);
}

function dynamics(gallery: Gallery, chosen: Slide, kind: 'normal' | 'lesion'): Chart | null {
  const runs = gallery.runs.flatMap((run) => {
    const slide = run.slides.find(({ id }) => id === chosen.id);
    return slide ? [{ run, slide }] : [];
  });
  if (runs.length === 0) return null;
  const kept = keptEpochs(chosen.maps.length);
  const labels = runs.map(({ run }) => run.label);
  const name = gallery.classes[chosen.label] ?? String(chosen.label);
  const title = `Attention on one ${kind === 'normal' ? '' : 'lesion '}slide over training (${name}): ${gallery.cohort}`;
  const alt = `${title}. Divergence between epochs and cross entropy of ${listing(labels)}, with their maps.`;
  const grid = gridOf(chosen);
  const maps = grid ? mapRow(runs, chosen, kept) : null;
  const epochs = `maps of epochs ${kept.join(', ')}`;
  return {
    id: `dynamics-${kind}`,
    title,
    alt,
    caption:
      `Test slide ${chosen.id} (${name}, ${chosen.n} tiles), the one of median size in its class; split ${runs[0]!.run.split}, seed ${runs[0]!.run.seed}, one run a setting. ` +
      (maps
        ? `The maps are of epoch ${kept.at(-1)}; in the page, pointing at the divergences shows the nearest of the ${epochs}. All are on one scale of weight × N. ${chosen.instances?.some(Boolean) ? 'Outlines: labelled tiles. ' : ''}`
        : 'Bags of this cohort are no places, so there are no maps. ') +
      'A low divergence with a flat map (all tiles near 1) is flatness, not stability.',
    spec: {
      ...frameOf(`slide ${chosen.id}, ${chosen.n} tiles; one run a setting`, title, alt),
      spacing: 18,
      vconcat: [
        {
          hconcat: [lines(runs, 'jsd', labels, kept), lines(runs, 'crossEntropy', labels, kept)],
          spacing: 24,
          resolve: { scale: { color: 'independent', strokeDash: 'independent' } },
        },
        ...(maps ? [maps] : []),
      ],
      resolve: { scale: { color: 'independent', strokeDash: 'independent' } },
    } as unknown as TopLevelSpec,
  };
}

interface Shown {
  readonly run: Portrayed;
  readonly slide: Slide;
}

const READERS = {
  jsd: { title: 'JSD to the epoch before (nats)', read: (slide: Slide) => slide.jsd },
  crossEntropy: { title: 'cross entropy (nats)', read: (slide: Slide) => slide.crossEntropy },
} as const;

function lines(runs: readonly Shown[], what: keyof typeof READERS, labels: readonly string[], kept: readonly number[]) {
  const { title, read } = READERS[what];
  const rows: ChartRow[] = runs.flatMap(({ run, slide }) =>
    read(slide).flatMap((value, e) =>
      value === null || (what === 'jsd' && value <= 0)
        ? []
        : [{ setting: run.label, epoch: e + 1, value: rounded(value, 4) }],
    ),
  );
  const values = rows.map(({ value }) => value as number);
  const log = what === 'jsd' && needsLog(values);
  const scales = orderedScales(labels);
  const legend = what === 'jsd' ? { title: null, orient: 'top', columns: 3, symbolType: 'stroke' } : null;
  const y = {
    field: 'value',
    type: 'quantitative',
    title,
    scale: log ? { type: 'log' } : { zero: false },
    axis: log ? logAxis(Math.min(...values), Math.max(...values)) : { tickCount: 4 },
  };
  return {
    width: LINES / 2 - 40,
    height: 170,
    data: inlineRows(rows),
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        title: 'epoch',
        axis: { tickMinStep: 1, tickCount: 5 },
        scale: { nice: false },
      },
      color: { field: 'setting', type: 'nominal', scale: scales.colour, legend },
      strokeDash: { field: 'setting', type: 'nominal', scale: scales.dash, legend },
    },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1.7, aria: false },
        encoding: { y },
      },
      {
        // Epochs whose maps are here: the pointer picks the nearest.
        transform: [{ filter: { field: 'epoch', oneOf: [...kept] } }],
        ...(what === 'jsd'
          ? {
              params: [
                {
                  name: PICKED,
                  value: [{ epoch: kept.at(-1) }],
                  select: { type: 'point', on: 'pointerover', nearest: true, fields: ['epoch'], clear: false },
                },
              ],
            }
          : {}),
        mark: { ...POINTER_TARGET, opacity: 0.9, size: 26 },
        encoding: {
          y,
          tooltip: [{ field: 'setting' }, { field: 'epoch' }, { field: 'value', title, format: '.3g' }],
        },
      },
    ],
  };
}

/** The settings' maps side by side, at the epoch picked among the divergences; the last one until something is picked. */
function mapRow(runs: readonly Shown[], chosen: Slide, kept: readonly number[]) {
  const grid = gridOf(chosen)!;
  const columns = Math.min(3, runs.length);
  const width = Math.floor((LINES - 14 * (columns - 1)) / columns);
  const top = topOf(runs.flatMap(({ slide }) => kept.map((epoch) => slide.maps[epoch - 1]!)));
  const panels = runs.map(({ run, slide }) => {
    const rows = kept.flatMap((epoch) => {
      const weights = relativeWeights(slide.maps[epoch - 1]!);
      return grid.x.map((x, t) => ({ x, y: grid.y[t]!, epoch, weight: weights[t]! }));
    });
    return {
      title: { text: run.label, fontSize: 12, fontWeight: 600, anchor: 'start', offset: 4 },
      width,
      height: heightOf(grid, width),
      layer: tileLayers(grid, width, slide, {
        data: inlineRows(rows),
        top,
        transform: [{ filter: { param: PICKED, empty: false } }],
      }),
    };
  });
  const rows = Array.from({ length: Math.ceil(panels.length / columns) }, (_, r) => ({
    hconcat: panels.slice(r * columns, (r + 1) * columns),
    spacing: 14,
  }));
  return { vconcat: rows, spacing: 12, resolve: { scale: { color: 'shared' } } };
}

/** The first and the last epoch and some between, more of the early ones. */
export function keptEpochs(epochs: number): number[] {
  if (epochs <= MOST_MAPS) return Array.from({ length: epochs }, (_, i) => i + 1);
  const all = Array.from({ length: MOST_MAPS }, (_, i) => Math.round(epochs ** (i / (MOST_MAPS - 1))));
  return [...new Set(all)].sort((a, b) => a - b);
}
