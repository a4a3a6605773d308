import { builtinModules } from 'node:module';
import type { Source } from './sources.js';

/** What each package may import of the others. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  baselines: ['core'],
  data: ['core'],
  experiments: ['core', 'baselines', 'data'],
};

const LONGEST = 400;

/** The package a file belongs to; undefined outside `packages/`. */
function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

/** Imports against the direction core ← baselines, data ← experiments, by name or by a path out of the package. */
export function wrongDirections(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, imports }) => {
    const here = packageOf(path);
    if (here === undefined) return [];
    return imports
      .filter(({ specifier, file }) => {
        const named = /^@asmil\/([^/]+)/.exec(specifier)?.[1];
        if (named !== undefined) return named !== here && !ALLOWED[here]?.includes(named);
        return file !== undefined && packageOf(file) !== here;
      })
      .map(({ specifier }) => `${path} imports ${specifier}`);
  });
}

/** Mentions of a tensor backend outside the engine folder, `require`d or imported. */
export function strayBackends(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => !path.startsWith('packages/core/src/engine/') && path.startsWith('packages/'))
    .filter(({ text }) => /(from|import|require\w*)\s*\(?\s*['"`]@tensorflow\//.test(text))
    .map(({ path }) => path);
}

/** Files that the pages of reports would load at run time and that are, or lead to, tensor code. */
export function tensorsInReports(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const found: string[] = [];
  const seen = new Set<string>();
  const follow = (path: string, via: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { specifier, file, typeOnly } of byPath.get(path)?.imports ?? []) {
      if (typeOnly) continue;
      if (/^@(asmil|tensorflow)\//.test(specifier)) found.push(`${via} loads ${specifier}`);
      if (file !== undefined) follow(file, `${via} → ${file}`);
    }
  };
  for (const { path } of sources) {
    if (path.startsWith('packages/experiments/src/reports/') && !path.endsWith('.test.ts')) follow(path, path);
  }
  return found;
}

/** Circles of static imports between files, each once. */
export function circularImports(sources: readonly Source[]): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push([...trail.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    for (const { file, dynamic } of byPath.get(path)?.imports ?? []) {
      if (file !== undefined && !dynamic) visit(file, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return found;
}

/** Relative imports that lead nowhere. */
export function danglingImports(sources: readonly Source[]): string[] {
  const paths = new Set(sources.map(({ path }) => path));
  return sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ specifier, file }) => file !== undefined && /\.[jt]s$/.test(specifier) && !paths.has(file))
      .map(({ specifier }) => `${path} imports ${specifier}`),
  );
}

/** Packages used by a package's sources that its package.json does not declare. */
export function undeclared(
  sources: readonly Source[],
  manifest: { name: string; declared: readonly string[] },
): string[] {
  const here = manifest.name.replace('@asmil/', '');
  const known = new Set([manifest.name, ...manifest.declared]);
  return sources
    .filter(({ path }) => path.startsWith(`packages/${here}/src/`) && !path.endsWith('.test.ts'))
    .filter(({ path }) => !path.includes('/testkit/')) // development only, beside vitest of the root
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
        .map(({ specifier }) =>
          specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/'),
        )
        .filter((name) => !known.has(name) && !builtinModules.includes(name))
        .map((name) => `${path} imports ${name}`),
    );
}

/** Files over 400 lines whose head does not say why: a comment `Long file: …` in the first 15 lines. */
export function longFiles(sources: readonly Pick<Source, 'path' | 'text'>[]): string[] {
  return sources
    .filter(({ text }) => text.trimEnd().split('\n').length > LONGEST)
    .filter(({ text }) => !/(\/\/|\*) ?Long file: \S/.test(text.split('\n').slice(0, 15).join('\n')))
    .map(({ path, text }) => `${path}: ${text.trimEnd().split('\n').length} lines`);
}

/** Lines that hold an absolute path of somebody's machine. */
export function machinePaths(files: readonly { path: string; text: string }[]): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, i) => (/(?<![\w.})/-])\/(work|root|tmp|home)\//.test(line) ? [`${path}:${i + 1}`] : [])),
  );
}

/** Lines of a lockfile or registry setting that pin packages to a host. */
export function pinnedHosts(text: string): string[] {
  return text.split('\n').filter((line) => /https?:\/\/|registry\s*[=:]/.test(line));
}
