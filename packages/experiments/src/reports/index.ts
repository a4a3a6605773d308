export { canonicalJson } from './canonical-json.js';
export {
  attentionDynamics,
  type Chart,
  CROSS_ENTROPY_CURVE,
  type CurveScore,
  chartsOf,
  epochCurves,
  errorBars,
  F1_CURVE,
  pairedDifferences,
  renderPng,
  renderSvg,
  stabilityVsConcentration,
} from './charts/index.js';
export { resultsCsv } from './csv.js';
export { METRICS, type Metric } from './metrics.js';
export { type Fact, type ReportPage, reportPage } from './page.js';
export { type HtmlPageOptions, htmlPage } from './page-html.js';
export { markdownPage, markdownTable } from './page-markdown.js';
export { summarisePlaces } from './places/summary.js';
export { type WritePlacesReportOptions, writePlacesReport } from './places/write.js';
export { type ReadingSection, readingOf } from './reading.js';
export { type PackedResults, type PackedRun, packResults, unpackResults } from './results-file.js';
export { type CellSummary, type Comparison, type MetricSummary, type Summary, summarise } from './summary.js';
export { detailTable, type ReportTable, scoreTable } from './tables.js';
export { type WriteReportOptions, type WrittenReport, writeReport } from './write-report.js';
