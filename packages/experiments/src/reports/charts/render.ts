import type { LoggerInterface } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { vegaBundle } from '../library.js';
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
  const compiled = compile(structuredClone(spec), { logger });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logger });
  try {
    return { svg: `${shortNumbers(await view.toSVG())}\n`, warnings };
  } finally {
    view.finalize();
  }
}

/** Coordinates to a hundredth of a pixel: a smaller file that looks the same. Text is left alone. */
function shortNumbers(svg: string): string {
  return svg.replace(/ (transform|d)="([^"]*)"/g, (_, name: string, value: string) => {
    const short = value.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(2))));
    return ` ${name}="${short}"`;
  });
}

/** Bitmap of an SVG at twice its size, with the machine's fonts: for talks, not for comparison. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const resvg = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
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
