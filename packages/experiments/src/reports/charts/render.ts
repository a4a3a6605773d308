import type { LoggerInterface } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { vegaBundle } from '../library.js';
import { compactSvg } from './svg-text.js';
import { helveticaWidth } from './text-width.js';

export interface RenderedChart {
  readonly svg: string;
  /** What Vega-Lite and Vega complained about; empty for a sound chart. */
  readonly warnings: readonly string[];
}

/**
 * Draws a spec as SVG text. The same spec gives the same bytes on every machine: text is measured by a table of
 * widths and never by an installed canvas or font.
 */
export async function renderSvg(spec: TopLevelSpec): Promise<RenderedChart> {
  const vega = vegaBundle();
  const warnings: string[] = [];
  const logger = collectingLogger(warnings);
  vega.textMetrics.width = helveticaWidth;
  vega.resetSVGDefIds();
  const compiled = compile(structuredClone(spec), { logger, config: { aria: false } });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logger });
  try {
    return { svg: `${compactSvg(await view.toSVG(), spec.description ?? '')}\n`, warnings };
  } finally {
    view.finalize();
  }
}

/** Bitmap of an SVG at `zoom` times its size, with the machine's fonts: for talks, not for comparison. */
export async function renderPng(svg: string, zoom = 2): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: { loadSystemFonts: true },
  });
  return resvg.render().asPng();
}

/** Vega's level "warnings and errors". */
const WARN = 2;

function collectingLogger(warnings: string[]): LoggerInterface {
  const keep = (...args: readonly unknown[]): LoggerInterface => {
    warnings.push(args.map(String).join(' '));
    return logger;
  };
  const logger = {
    level: (value?: number) => (value === undefined ? WARN : logger),
    error: keep,
    warn: keep,
    info: () => logger,
    debug: () => logger,
  } as LoggerInterface;
  return logger;
}
