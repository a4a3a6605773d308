import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as rules from './rules.js';
import { filesBelow, parseSource, ROOT, read, type Source, workspaceSources } from './sources.js';

const sources = workspaceSources();
const packages = ['core', 'baselines', 'data', 'experiments'];

/** Sources made up from path → text. */
function toy(files: Record<string, string>): Source[] {
  return Object.entries(files).map(([path, text]) => parseSource(path, text, (file) => file in files));
}

test('the sources are found and their imports read', () => {
  for (const name of packages) {
    expect(sources.filter(({ path }) => path.startsWith(`packages/${name}/src/`)).length).toBeGreaterThan(0);
  }
  const [parsed] = toy({
    'packages/core/src/a.ts': `import type { B } from './b.js';\nimport { type C } from 'c';\nimport { type D, e } from 'd';
      import 'f';\nexport * from './g.js';\nconst h = import('./h.js');\ntype I = import('i').I;`,
  });
  expect(parsed!.imports.map(({ specifier, typeOnly, dynamic }) => [specifier, typeOnly, dynamic])).toEqual([
    ['./b.js', true, false],
    ['c', true, false],
    ['d', false, false],
    ['f', false, false],
    ['./g.js', false, false],
    ['./h.js', false, true],
    ['i', true, false],
  ]);
});

describe('imports', () => {
  test('point one way: core ← baselines, data ← experiments', () => {
    expect(rules.wrongDirections(sources)).toEqual([]);
    const wrong = toy({
      'packages/core/src/a.ts': `import { b } from '@asmil/data';`,
      'packages/data/src/b.ts': `import type { c } from '@asmil/experiments/x';\nimport '@asmil/core';`,
      'packages/experiments/src/c.ts': `import '../../core/src/a.js';\nimport '@asmil/baselines';`,
    });
    expect(rules.wrongDirections(wrong)).toEqual([
      'packages/core/src/a.ts imports @asmil/data',
      'packages/data/src/b.ts imports @asmil/experiments/x',
      'packages/experiments/src/c.ts imports ../../core/src/a.js',
    ]);
  });

  test('reach a tensor backend from the engine folder only', () => {
    expect(rules.strayBackends(sources)).toEqual([]);
    const wrong = toy({
      'packages/core/src/engine/ok.ts': `import '@tensorflow/tfjs-core';`,
      'packages/core/src/nn/a.ts': `import * as tf from '@tensorflow/tfjs-core';`,
      'packages/data/src/b.ts': `const tf = require('@tensorflow/tfjs');`,
    });
    expect(rules.strayBackends(wrong)).toEqual(['packages/core/src/nn/a.ts', 'packages/data/src/b.ts']);
  });

  test('load no tensor code from the reports', () => {
    expect(rules.tensorsInReports(sources)).toEqual([]);
    const wrong = toy({
      'packages/experiments/src/reports/a.ts': `import type { M } from '@asmil/core';\nimport '../b.js';`,
      'packages/experiments/src/b.ts': `import { trainModel } from '@asmil/core';`,
    });
    expect(rules.tensorsInReports(wrong)).toEqual([
      'packages/experiments/src/reports/a.ts → packages/experiments/src/b.ts loads @asmil/core',
    ]);
  });

  test('make no circles', () => {
    expect(rules.circularImports(sources)).toEqual([]);
    const wrong = toy({
      'packages/core/src/a.ts': `import './b.js';`,
      'packages/core/src/b.ts': `import type { C } from './c.js';`,
      'packages/core/src/c.ts': `import './b.js';\nimport('./a.js');`,
    });
    expect(rules.circularImports(wrong)).toEqual([
      'packages/core/src/b.ts → packages/core/src/c.ts → packages/core/src/b.ts',
    ]);
  });

  test('lead to files that are there', () => {
    expect(rules.danglingImports(sources)).toEqual([]);
    expect(rules.danglingImports(toy({ 'packages/core/src/a.ts': `import './gone.js';` }))).toHaveLength(1);
  });

  test.each(packages)('of %s are declared in its package.json', (name) => {
    const {
      dependencies = {},
      peerDependencies = {},
      optionalDependencies = {},
    } = JSON.parse(read(`packages/${name}/package.json`));
    const declared = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
    expect(rules.undeclared(sources, { name: `@asmil/${name}`, declared })).toEqual([]);
    const wrong = toy({ [`packages/${name}/src/a.ts`]: `import 'left-pad/x';\nimport { y } from 'fs';` });
    expect(rules.undeclared(wrong, { name: `@asmil/${name}`, declared })).toEqual([
      `packages/${name}/src/a.ts imports left-pad`,
    ]);
  });
});

describe('files', () => {
  test('over 400 lines say why in their head', () => {
    expect(rules.longFiles(sources)).toEqual([]);
    const body = 'x;\n'.repeat(401);
    expect(rules.longFiles([{ path: 'a.ts', text: body }])).toEqual(['a.ts: 401 lines']);
    expect(rules.longFiles([{ path: 'a.ts', text: `// Long file: one table.\n${body}` }])).toEqual([]);
  });

  test.each(packages)('of %s: a README and a public entry', (name) => {
    expect(read(`packages/${name}/README.md`)).toMatch(new RegExp(`^# @asmil/${name}\n`));
    const { exports, publishConfig } = JSON.parse(read(`packages/${name}/package.json`));
    expect(existsSync(join(ROOT, `packages/${name}`, exports['.']))).toBe(true);
    expect(read(join(`packages/${name}`, exports['.']))).toMatch(/^export /m);
    expect(publishConfig.exports['.'].default).toBe(exports['.'].replace('./src', './dist').replace('.ts', '.js'));
  });

  test('name no path of one machine', () => {
    const endings = ['.ts', '.mjs', '.js', '.json', '.yaml', '.yml', '.md', '.sh', '.py', 'run'];
    const paths = filesBelow('.', endings).filter((path) => !/\.test\.ts$|\/test\/|^test\//.test(path));
    expect(paths.length).toBeGreaterThan(50);
    expect(rules.machinePaths(paths.map((path) => ({ path, text: read(path) })))).toEqual([]);
    const folder = 'work'; // spelled apart, so that this file holds no such path itself
    const text = `a\nopen('/${folder}/x')\nimport '../tmp/y'\ncp /tmp/z .\nhttps://site/home/page`;
    expect(rules.machinePaths([{ path: 'a.ts', text }])).toEqual(['a.ts:2', 'a.ts:4']);
  });

  test('pin no package to a registry host', () => {
    const settings = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'].filter((path) => existsSync(join(ROOT, path)));
    expect(settings).toContain('pnpm-lock.yaml');
    for (const path of settings) expect([path, rules.pinnedHosts(read(path))]).toEqual([path, []]);
    expect(rules.pinnedHosts('resolution: {tarball: https://host/a.tgz}\na: 1')).toHaveLength(1);
  });
});
