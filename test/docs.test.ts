import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { ROOT, read } from './sources.js';

const blocks = (path: string, language: string): string[] =>
  [...read(path).matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map((match) => match[1]!);

async function run(file: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], { cwd: ROOT });
  return stdout;
}

describe('README.md', () => {
  const [example] = blocks('README.md', 'ts');

  test('shows the example as it is, and the example learns', async () => {
    expect(example).toBe(read('examples/minimal.ts'));
    const lines = (await run('examples/minimal.ts')).trim().split('\n');
    expect(lines).toHaveLength(9);
    const losses = lines.slice(0, 8).map((line) => Number(/loss ([\d.]+)/.exec(line)?.[1]));
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
    expect(Number(/^epoch \d selected, test macro F1 ([\d.]+)$/.exec(lines[8]!)?.[1])).toBeGreaterThan(0.8);
  });

  test('is short, and names only commands, files and cohorts that there are', async () => {
    const text = read('README.md');
    const byHand = text.replace(/<!-- models -->[\s\S]*?<!-- \/models -->/, '');
    expect(byHand.split('\n').length).toBeLessThanOrEqual(166);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/pnpm (?:run )?([a-z]+(?::[a-z]+)*)/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(10);
    expect([...new Set(named)].filter((name) => scripts[name] === undefined)).toEqual([]);
    for (const [, path] of text.matchAll(/\]\((?!https:)([^)#:]+)[^)]*\)/g)) expect(() => rooted(path!)).not.toThrow();
    const { cohortEntries } = await import('@asmil/data');
    const cohorts = [...text.matchAll(/--data ([\w-]+)/g)].map((match) => match[1]!);
    const known = cohortEntries.map(({ name }) => name);
    expect(cohorts.filter((name) => !known.includes(name))).toEqual([]);
    expect(text).toContain(`**Cohorts**: ${known.length}.`);
  });
});

/** Throws if there is no such file or folder. */
const rooted = (path: string): boolean => {
  if (ts.sys.fileExists(join(ROOT, path)) || ts.sys.directoryExists(join(ROOT, path))) return true;
  throw new Error(`no ${path}`);
};

test.each(['core', 'baselines'])('the README of %s prints what it says', async (name) => {
  const readme = `packages/${name}/README.md`;
  const file = join(ROOT, 'test', `readme-${name}-${process.pid}.ts`);
  writeFileSync(file, blocks(readme, 'ts')[0]!);
  try {
    expect(await run(file)).toBe(blocks(readme, 'text')[0]);
  } finally {
    rmSync(file);
  }
});

test('the README of experiments has code that compiles', () => {
  const file = join(ROOT, 'test', 'readme-experiments.ts');
  expect(errorsIn(new Map([[file, blocks('packages/experiments/README.md', 'ts')[0]!]]))).toEqual([]);
});

describe('CONTRIBUTING.md', () => {
  test('has skeletons that compile in their places', () => {
    const skeletons = new Map(
      blocks('CONTRIBUTING.md', 'ts').map((text) => [join(ROOT, /^\/\/ (\S+)\n/.exec(text)![1]!), text]),
    );
    expect(skeletons.size).toBe(3);
    expect(errorsIn(skeletons)).toEqual([]);
    const [path, text] = [...skeletons][0]!;
    expect(errorsIn(new Map([[path, text.replace('bagFeature };', 'bagfeature };')]]))).not.toEqual([]);
  });
});

/** What the compiler says of files that are not on the disk. */
function errorsIn(files: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [...files.keys()] }, ts.sys, ROOT);
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const { fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  const program = ts.createProgram([...files.keys()], { ...options, noEmit: true }, host);
  return [...files.keys()].flatMap((name) =>
    [
      ...program.getSyntacticDiagnostics(program.getSourceFile(name)),
      ...program.getSemanticDiagnostics(program.getSourceFile(name)),
    ].map(({ messageText }) => `${name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`),
  );
}
