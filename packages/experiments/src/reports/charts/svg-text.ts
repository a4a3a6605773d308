import { escapeHtml } from '../escape.js';

/** Classes that the page's dark style needs; Vega names every group. */
const STYLED = /\b(?:background|role-axis-grid|role-title-subtitle)\b/;

/**
 * Makes Vega's SVG text a fifth of its size without a visible change: coordinates to a tenth of a pixel, the font
 * named once, circles as circles that share their look, neighbouring lines as one path, no attributes that repeat a default, no empty and no
 * invisible shapes (those are for the pointer of the interactive chart). The drawing becomes one image with one
 * description. Text is left alone.
 */
export function compactSvg(svg: string, description: string): string {
  const root = rootAttributes(svg);
  const compact = svg
    .replace(/<[a-z][^>]*>/g, (tag) => compactTag(tag, root))
    .replaceAll(
      /<path class="background" d="[^"]*"\/>|<path d=""[^>]*\/>|<(?:path|circle)[^>]* opacity="0"[^>]*\/>|<g(?: [^>]*)?\/>/g,
      '',
    );
  const label = ` role="img" aria-label="${escapeHtml(description)}"`;
  return groupCircles(joinLines(unwrap(compact))).replace('<svg ', `<svg${label}${root.join('')} `);
}

/** The font and the most frequent size, which then stand on the root alone. */
function rootAttributes(svg: string): string[] {
  const font = / font-family="[^"]*"/.exec(svg)?.[0];
  return [font, svg.includes(' font-size="12px"') ? ' font-size="12px"' : undefined].filter((a) => a !== undefined);
}

function compactTag(tag: string, root: readonly string[]): string {
  let result = tag.replace(/ (transform|d)="([^"]*)"/g, (_, name: string, value: string) => {
    const short = value.replace(/-?\d+\.\d{2,}(e-?\d+)?/g, (number) => String(Number(Number(number).toFixed(1))));
    return ` ${name}="${short}"`;
  });
  for (const attribute of root) result = result.replace(attribute, '');
  result = result
    .replace(/ class="([^"]*)"/, (_, names: string) => (STYLED.test(names) ? ` class="${STYLED.exec(names)![0]}"` : ''))
    .replaceAll(
      / (?:opacity="1"|stroke-width="1"|pointer-events="none"|aria-hidden="true"|role="graphics-object"|aria-roledescription="[^"]*"|[xy]2="0")/g,
      '',
    )
    .replace(/ transform="translate\(0,0\)"| text-anchor="start"| xmlns:xlink="[^"]*"| version="1\.1"/g, '');
  if (!result.includes(' stroke="')) result = result.replace(/ stroke-width="[^"]*"/, '');
  return result.replace(
    /^<path transform="translate\(([-\d.]+),([-\d.]+)\)" d="M([\d.]+),0A\3,\3,0,1,1,-\3,0A\3,\3,0,1,1,\3,0"/,
    '<circle cx="$1" cy="$2" r="$3"',
  );
}

/** Removes groups without attributes and groups without content. */
function unwrap(svg: string): string {
  const parts = svg.split(/(<g>|<g [^>]*[^/]>|<\/g>)/);
  const open: { index: number; keep: boolean }[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.startsWith('<g')) {
      open.push({ index, keep: part !== '<g>' });
    } else if (part === '</g>') {
      const group = open.pop();
      if (!group) return svg;
      const empty = parts.slice(group.index + 1, index).every((inner) => inner === '');
      if (!group.keep || empty) {
        parts[group.index] = '';
        parts[index] = '';
      }
    }
  }
  return parts.join('');
}

const LINE =
  /<line(?: transform="translate\(([-\d.]+),([-\d.]+)\)")?(?: x2="([-\d.]+)")?(?: y2="([-\d.]+)")?([^>]*)\/>/g;

/** Draws neighbouring lines of one look, such as the ticks of an axis, as one path. */
function joinLines(svg: string): string {
  return svg.replace(/(?:<line[^>]*\/>)+/g, (run) => {
    const paths: { look: string; d: string }[] = [];
    for (const [, x = '0', y = '0', dx = '0', dy = '0', look = ''] of run.matchAll(LINE)) {
      const d = `M${x},${y}l${dx},${dy}`;
      const last = paths.at(-1);
      if (last?.look === look) last.d += d;
      else paths.push({ look, d });
    }
    return paths.map(({ look, d }) => `<path${look} d="${d}"/>`).join('');
  });
}

/** Writes the look of neighbouring circles once. Each keeps its own opacity, so that overlaps stay darker. */
function groupCircles(svg: string): string {
  return svg.replace(
    /(<circle[^>]* r="[\d.]+")( [^>]*)\/>(?:<circle[^>]* r="[\d.]+"\2\/>)+/g,
    (run, _, look: string) => {
      if (look.includes('stroke=')) return run;
      const circles = run.replaceAll(`${look}/>`, '/>');
      return `<g${look.replace(' opacity=', ' fill-opacity=')}>${circles}</g>`;
    },
  );
}
