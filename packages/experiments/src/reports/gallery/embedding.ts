import { TSNE } from '@saehrimnir/druidjs';
import type { TopLevelSpec } from 'vega-lite';
import { inlineRows } from '../charts/inline-rows.js';
import { type Chart, frameOf, OURS, PAPER_COLOURS } from '../charts/theme.js';
import { count, rounded } from '../format.js';
import type { Embedding, Gallery, Portrayed } from './types.js';

/** Panels of a row. */
const MOST_EPOCHS = 4;
const PERPLEXITY = 30;
const ITERATIONS = 500;
const SHAPES = ['circle', 'square', 'triangle-up', 'cross'];

/** t-SNE of the bag features of the training bags, a row of panels for each setting, a column for an epoch. */
export function embeddingCharts(gallery: Gallery): Chart[] {
  const runs = gallery.runs.filter(({ embeddings }) => embeddings.length > 0);
  const [first] = runs;
  if (!first) return [];
  const epochs = chosenEpochs(first.embeddings);
  const width = Math.floor((610 - 12 * epochs.length) / epochs.length);
  const rows = runs.map((run) => ({
    hconcat: epochs.map((epoch) => panel(gallery, run, epoch, width)),
    spacing: 12,
  }));
  const title = `Bag features of the training bags over the epochs: ${gallery.cohort}`;
  const alt = `${title}. t-SNE, one row a setting and one column an epoch, a mark a bag.`;
  const bags = first.embeddings[0]!.rows.length;
  return [
    {
      id: 'embedding',
      title,
      alt,
      caption: `t-SNE (perplexity ${perplexityFor(bags)}, ${ITERATIONS} steps, one seed), each panel by itself: positions of different panels cannot be compared, only how far classes lie apart. In each head: the share of bags whose nearest other bag in feature space is of their class. ${count(bags, 'training bag')}, split ${first.split}, seed ${first.seed}, one run a setting.`,
      spec: {
        ...frameOf(`${count(bags, 'training bag')}; one run a setting`, title, alt),
        spacing: 16,
        vconcat: rows,
        resolve: { scale: { color: 'shared', shape: 'shared' } },
      } as unknown as TopLevelSpec,
    },
  ];
}

/** The first and the last kept epoch and some between. */
function chosenEpochs(embeddings: readonly Embedding[]): number[] {
  const all = embeddings.map(({ epoch }) => epoch);
  if (all.length <= MOST_EPOCHS) return all;
  const at = Array.from({ length: MOST_EPOCHS }, (_, i) => Math.round((i * (all.length - 1)) / (MOST_EPOCHS - 1)));
  return at.map((i) => all[i]!);
}

const perplexityFor = (bags: number): number => Math.min(PERPLEXITY, Math.max(2, Math.floor((bags - 1) / 3)));

function panel(gallery: Gallery, run: Portrayed, epoch: number, width: number) {
  const found = run.embeddings.find((each) => each.epoch === epoch);
  const points = found ? project(found) : [];
  const purity = found ? ` (${Math.round(100 * nearestShare(found))} %)` : '';
  const names = gallery.classes;
  const colours = [OURS, ...PAPER_COLOURS].slice(0, names.length);
  return {
    title: { text: [run.label, `epoch ${epoch}${purity}`], fontSize: 11, fontWeight: 600, anchor: 'start', offset: 4 },
    width,
    height: width,
    data: inlineRows(
      points.map(([x, y], i) => ({ x: rounded(x, 3), y: rounded(y, 3), bags: names[found!.labels[i]!] })),
    ),
    mark: { type: 'point', filled: true, size: 22, opacity: 0.75, aria: false },
    encoding: {
      x: { field: 'x', type: 'quantitative', axis: null, scale: { zero: false } },
      y: { field: 'y', type: 'quantitative', axis: null, scale: { zero: false } },
      color: {
        field: 'bags',
        type: 'nominal',
        scale: { domain: names, range: colours },
        legend: { orient: 'top', title: 'class' },
      },
      shape: {
        field: 'bags',
        type: 'nominal',
        scale: { domain: names, range: SHAPES.slice(0, names.length) },
        legend: { orient: 'top', title: 'class' },
      },
    },
  };
}

function project({ rows }: Embedding): [number, number][] {
  if (rows.length < 4) return rows.map((_, i) => [i, 0]);
  const points = rows.map((row) => Array.from(row));
  const tsne = new TSNE(points, { d: 2, perplexity: perplexityFor(rows.length), epsilon: 10, seed: 1 });
  return [...tsne.transform(ITERATIONS)] as [number, number][];
}

/** Share of bags whose nearest other bag (Euclidean) has their label. */
export function nearestShare({ rows, labels }: Pick<Embedding, 'rows' | 'labels'>): number {
  const near = rows.map((row, i) => {
    let [best, at] = [Number.POSITIVE_INFINITY, -1];
    rows.forEach((other, j) => {
      if (i === j) return;
      const distance = row.reduce((sum, value, k) => sum + (value - other[k]!) ** 2, 0);
      if (distance < best) [best, at] = [distance, j];
    });
    return labels[at] === labels[i];
  });
  return near.filter(Boolean).length / near.length;
}
