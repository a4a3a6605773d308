/** A package as `pnpm licenses list --json` tells it. */
export interface Installed {
  readonly name: string;
  readonly license: string;
  readonly homepage?: string;
}

/** Licences of parts that an Apache-2.0 program may be used and handed on with. */
const ALLOWED = new Set([
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BSL-1.0', 'CC0-1.0', 'ISC', 'MIT'],
  ...['Python-2.0', 'Unlicense', 'Zlib'],
]);

/**
 * Packages with other licences, each with the reason why it may be used. They are installed by the user's own package
 * manager from their own registry; this project hands none of them on and changes none.
 */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  '@img/sharp-libvips': 'LGPL-3.0 shared library behind sharp, unchanged and exchangeable by the user',
  '@resvg/resvg-js': 'MPL-2.0 covers its own files alone; used unchanged',
  '@saehrimnir/druidjs': 'LGPL-3.0 library used unchanged through its interface and exchangeable by the user',
  h5wasm: 'names no SPDX licence; its LICENSE.txt has the public-domain notice of NIST and the BSD-style one of HDF5',
};

/** `MIT OR (Apache-2.0 AND BSL-1.0)`: whether the terms leave a way that is allowed. */
export function isAllowed(expression: string): boolean {
  const tokens = expression.match(/\(|\)|[^\s()]+/g) ?? [];
  let at = 0;
  const either = (): boolean => {
    let value = both();
    while (tokens[at] === 'OR') {
      at++;
      value = both() || value;
    }
    return value;
  };
  const both = (): boolean => {
    let value = one();
    while (tokens[at] === 'AND') {
      at++;
      value = one() && value;
    }
    return value;
  };
  const one = (): boolean => {
    if (tokens[at] !== '(') return ALLOWED.has(tokens[at++] ?? '');
    at++;
    const value = either();
    return tokens[at++] === ')' && value;
  };
  return either() && at === tokens.length;
}

/** The reason that excepts a package; its builds for one platform have its name with the platform behind it. */
function exceptionOf(name: string): string | undefined {
  const known = Object.keys(EXCEPTIONS).find((key) => name === key || name.startsWith(`${key}-`));
  return known && EXCEPTIONS[known];
}

/** One line for each package whose licence is neither allowed nor excepted. */
export function refused(packages: readonly Installed[]): string[] {
  return packages
    .filter(({ name, license }) => !isAllowed(license) && exceptionOf(name) === undefined)
    .map(
      ({ name, license }) => `${name}: its licence ${license} is not among those that scripts/licence-rules.ts allows`,
    );
}

/** The page with the direct dependencies, which are the same on every platform, as a list. */
export function licencesPage(direct: readonly Installed[]): string {
  const rows = [...direct]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, license }) => `- \`${name}\`: ${[license, exceptionOf(name) ?? []].flat().join('; ')}`);
  return `# Licences of what is installed

This project is under Apache-2.0 (\`LICENSE\`). It hands on none of the packages below: a package manager installs them. The
list has the direct dependencies; \`pnpm run licences\` checks theirs as well against the list in
\`scripts/licence-rules.ts\`. Data sets have terms of their own: \`pnpm data info NAME\`.

${[...new Set(rows)].join('\n')}
`;
}
