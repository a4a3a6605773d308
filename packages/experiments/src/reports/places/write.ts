import type { Experiment, PaperRow, PlacesResults } from '../../types.js';
import { canonicalJson } from '../canonical-json.js';
import { resultsCsv } from '../csv.js';
import type { Gallery } from '../gallery/types.js';
import { type ReportFolders, type WrittenReport, writePage } from '../write-report.js';
import { packPlaces } from './file.js';
import { placesPage } from './page.js';
import { type PlacesSummary, summarisePlaces } from './summary.js';

export interface WritePlacesReportOptions extends ReportFolders {
  readonly experiment: Experiment;
  readonly results: PlacesResults;
  /** The paper's rows that stand beside each place. */
  readonly paperRows: readonly (readonly PaperRow[])[];
  /** Pictures of each place. */
  readonly galleries?: readonly (Gallery | undefined)[] | undefined;
}

/** Writes the report on several places: the same files as `writeReport`, the same bytes for the same input. */
export async function writePlacesReport(options: WritePlacesReportOptions): Promise<WrittenReport> {
  const summary = summarisePlaces(options.experiment, options.results, options.paperRows);
  return writePage(options, {
    resultsText: canonicalJson(packPlaces(options.results)),
    csv: () => placesCsv(summary),
    page: (notes) => placesPage(summary, options.provenance, notes, options.galleries),
  });
}

/** The CSV of each place one below the other. Its paper columns may differ from place to place, so each has its own head. */
function placesCsv({ places }: PlacesSummary): string {
  return places.map(({ summary }) => resultsCsv(summary)).join('\n');
}
