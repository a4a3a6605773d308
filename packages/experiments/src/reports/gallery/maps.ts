import type { TopLevelSpec } from 'vega-lite';
import { type Chart, frameOf } from '../charts/theme.js';
import { listing } from '../format.js';
import { typicalSlides } from './choose.js';
import { mapPanel, topOf } from './map-panel.js';
import type { Gallery, Slide } from './types.js';

const ROOM = 620;
const MOST_WIDTH = 300;

/** Maps of the settings on a lesion slide and a normal one, at the last epoch, on one scale of weight × N. */
export function mapsCharts(gallery: Gallery): Chart[] {
  const [first] = gallery.runs;
  if (!first) return [];
  const { normal, lesion } = typicalSlides(first.slides);
  const chosen = [
    ...(lesion ? [{ slide: lesion, kind: 'lesion' }] : []),
    ...(normal ? [{ slide: normal, kind: 'normal' }] : []),
  ];
  return chosen.flatMap(({ slide, kind }) => mapsOf(gallery, slide, kind) ?? []);
}

function mapsOf(gallery: Gallery, chosen: Slide, kind: string): Chart | null {
  const runs = gallery.runs.flatMap((run) => {
    const slide = run.slides.find(({ id }) => id === chosen.id);
    const map = slide?.maps.at(-1);
    return slide && map ? [{ label: run.label, slide, map }] : [];
  });
  const columns = Math.min(3, runs.length);
  const width = Math.min(MOST_WIDTH, Math.floor((ROOM - 16 * (columns - 1)) / Math.max(1, columns)));
  const top = topOf(runs.map(({ map }) => map));
  const panels = runs.flatMap(({ label, slide, map }) => mapPanel({ title: label, width, slide, map, top }) ?? []);
  if (panels.length === 0) return null;
  const name = gallery.classes[chosen.label] ?? String(chosen.label);
  const title = `Attention maps of one ${kind === 'lesion' ? 'lesion ' : ''}slide (${name}): ${gallery.cohort}`;
  const alt = `${title}, for ${listing(runs.map(({ label }) => label))}.`;
  const [run] = gallery.runs;
  return {
    id: `maps-${kind}`,
    title,
    alt,
    caption: `Test slide ${chosen.id} (${chosen.n} tiles), the one of median size in its class; last epoch, split ${run!.split}, seed ${run!.seed}, one run a setting. All on one scale of weight × N, where a flat map is 1 everywhere. ${chosen.instances?.some(Boolean) ? 'Outlines: labelled tiles.' : 'No tile is labelled.'}${withoutText(gallery)}`,
    spec: {
      ...frameOf(`slide ${chosen.id}, last epoch; one run a setting`, title, alt),
      // One map alone keeps its size beside charts of full width, which all are scaled to the page alike.
      ...(columns === 1 && { padding: { left: 5, top: 5, bottom: 5, right: ROOM - width } }),
      spacing: 14,
      vconcat: Array.from({ length: Math.ceil(panels.length / columns) }, (_, r) => ({
        hconcat: panels.slice(r * columns, (r + 1) * columns),
        spacing: 16,
      })),
      resolve: { scale: { color: 'shared' } },
    } as unknown as TopLevelSpec,
  };
}

function withoutText({ without = [] }: Gallery): string {
  return without.length === 0 ? '' : ` No maps were kept of ${listing(without)}.`;
}
