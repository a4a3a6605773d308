import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';

const require = createRequire(import.meta.url);

/** The libraries of an interactive page as plain scripts, in the order in which they must load. */
export const BROWSER_SCRIPTS = ['vega.min.js', 'vega-lite.min.js', 'vega-embed.min.js'] as const;

/** Path of a library's plain-script build in `node_modules`; all three keep it beside their main file. */
export function scriptPath(script: (typeof BROWSER_SCRIPTS)[number]): string {
  return join(dirname(require.resolve(script.replace('.min.js', ''))), script);
}

/** What the drawing of charts uses of Vega; `textMetrics` is exported but not in Vega's type declarations. */
export type VegaBundle = Pick<typeof import('vega'), 'parse' | 'View' | 'resetSVGDefIds'> & {
  readonly textMetrics: { width: (item: { fontSize?: number; fontWeight?: string | number }, text: unknown) => number };
};

let bundle: VegaBundle | undefined;

/**
 * Vega from the one file that the pages load too. The package's module build draws with two copies of its scene
 * graph, so text widths and identifiers set on one do not reach the other; and it would use an installed canvas.
 */
export function vegaBundle(): VegaBundle {
  if (!bundle) {
    const path = scriptPath('vega.min.js');
    const exports = {};
    compileFunction(readFileSync(path, 'utf8'), ['exports', 'module'], { filename: path })(exports, { exports });
    bundle = exports as VegaBundle;
  }
  return bundle;
}
