import { type ReadingSection, readingOf } from '../reading.js';
import type { PlaceSummary } from './summary.js';

/** Each cohort's own reading, section by section, every paragraph with its cohort's name in front. */
export function gridReading(places: readonly PlaceSummary[]): ReadingSection[] {
  const readings = places.map(({ name, summary }) => ({ name, sections: readingOf(summary) }));
  const headings = [...new Set(readings.flatMap(({ sections }) => sections.map(({ heading }) => heading)))];
  return headings
    .filter((heading) => heading !== 'Limits') // said once, over all places
    .map((heading) => ({
      heading,
      paragraphs: readings.flatMap(({ name, sections }) =>
        (sections.find((section) => section.heading === heading)?.paragraphs ?? []).map((text) => `${name}: ${text}`),
      ),
    }));
}
