import type { Treatments } from '../../types.js';
import type { CellSummary } from '../summary.js';
import { cellIn, type PlaceSummary, type PlacesSummary } from './summary.js';

/** The cells of one host in one place, by treatment. */
export interface HostInPlace {
  readonly host: string;
  readonly place: PlaceSummary;
  /** The steps that have runs, in their order; the first is the untreated host where it is there. */
  readonly steps: readonly { readonly treatment: string; readonly cell: CellSummary }[];
  readonly control: CellSummary | undefined;
}

/** How charts and sentences name a treatment. */
export function treatmentLabel(treatment: string): string {
  return { none: 'alone', anchor: 'anchor', 'anchor+NSF': 'anchor + NSF', uniform: 'uniform' }[treatment] ?? treatment;
}

export function hostsOf({ cells }: PlacesSummary, { host }: Treatments): string[] {
  return [...new Set(cells.map(({ factors }) => String(factors[host])))];
}

/** Every host in every place. */
export function hostsInPlaces(summary: PlacesSummary, treatments: Treatments): HostInPlace[] {
  return summary.places.flatMap((place) =>
    hostsOf(summary, treatments).map((host): HostInPlace => {
      const of = (treatment: string): CellSummary | undefined => {
        const found = summary.cells.find(
          ({ factors }) => factors[treatments.host] === host && factors[treatments.treatment] === treatment,
        );
        return found && cellIn(place, found.key);
      };
      const steps = treatments.steps.flatMap((treatment) => {
        const cell = of(treatment);
        return cell ? [{ treatment, cell }] : [];
      });
      return { host, place, steps, control: of(treatments.control) };
    }),
  );
}

/** The cell of a treatment; undefined where it has no runs. */
export function stepOf({ steps }: HostInPlace, treatment: string): CellSummary | undefined {
  return steps.find((step) => step.treatment === treatment)?.cell;
}
