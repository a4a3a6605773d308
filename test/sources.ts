import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** One import of a TypeScript file. */
export interface Import {
  /** As written. */
  readonly specifier: string;
  /** The file it resolves to, relative to the repository; undefined for packages. */
  readonly file?: string;
  /** Erased by the compiler. */
  readonly typeOnly: boolean;
  /** `import()` at run time. */
  readonly dynamic: boolean;
}

/** A TypeScript file of the workspace; `path` is relative to the repository, with `/`. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'goldens', 'fixtures', 'assets', 'out']);

/** Files below a folder whose name ends in one of `endings`, without what git ignores and what is not ours. */
export function filesBelow(folder: string, endings: readonly string[]): string[] {
  const start = resolve(ROOT, folder);
  if (!existsSync(start)) return [];
  return readdirSync(start, { withFileTypes: true }).flatMap((entry) => {
    const path = join(start, entry.name);
    if (entry.isFile()) return endings.some((end) => entry.name.endsWith(end)) ? [toRelative(path)] : [];
    const isSources = entry.name === 'goldens' && path.includes(`${sep}src${sep}`);
    const skipped = (SKIPPED.has(entry.name) && !isSources) || (entry.name.startsWith('.') && entry.name !== '.ci');
    return entry.isDirectory() && !skipped ? filesBelow(path, endings) : [];
  });
}

export function read(path: string): string {
  return readFileSync(resolve(ROOT, path), 'utf8');
}

/** Every TypeScript file of the workspace with its imports. */
export function workspaceSources(): Source[] {
  const paths = ['examples', 'packages', 'scripts', 'test'].flatMap((folder) => filesBelow(folder, ['.ts']));
  const known = new Set(paths);
  return paths.map((path) => parseSource(path, read(path), (file) => known.has(file)));
}

/** Reads the imports of a file. `exists` decides whether a relative import has a file. */
export function parseSource(path: string, text: string, exists: (file: string) => boolean): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const imports: Import[] = [];
  const add = (node: ts.Node | undefined, typeOnly: boolean, dynamic = false): void => {
    if (node === undefined || !ts.isStringLiteralLike(node)) return;
    const specifier = node.text;
    imports.push({ specifier, typeOnly, dynamic, ...resolved(path, specifier, exists) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false, true);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { path, text, imports };
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false; // for its side effects
  if (clause.isTypeOnly) return true;
  const names = clause.namedBindings;
  if (clause.name !== undefined || names === undefined || !ts.isNamedImports(names)) return false;
  return names.elements.every((element) => element.isTypeOnly);
}

function resolved(from: string, specifier: string, exists: (file: string) => boolean): { file?: string } {
  if (!specifier.startsWith('.')) return {};
  const file = toRelative(resolve(ROOT, dirname(from), specifier));
  const source = file.replace(/\.js$/, '.ts');
  return { file: exists(source) ? source : file };
}

function toRelative(path: string): string {
  return relative(ROOT, path).split(sep).join('/');
}
