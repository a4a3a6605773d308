import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '@asmil/core';
import type { CheckContext, Checker } from './checker.js';
import { checkers } from './checkers.js';
import { comparePair, type OutputError, type Pairs, toleranceOf } from './compare.js';
import { Golden, parseAs } from './schema.js';

/** The verdict on one file. */
export interface FileCheck {
  readonly file: string;
  /** null where the file cannot be read. */
  readonly model: string | null;
  readonly case: string | null;
  readonly pass: boolean;
  readonly reason?: string;
  /** Allowed error relative to max(1, largest value) of a tensor, before the file's overrides. */
  readonly tolerance: number | null;
  /** The largest error per output; outputs of a list of cases share a name (`cases[].jsd`) and keep the worst. */
  readonly errors: Readonly<Record<string, OutputError>>;
}

/** The golden files of a folder, recursively, by name; or the one file that `path` is. */
export async function goldenFiles(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new UserError(`${path}: no such folder; expected a folder with golden files (*.json)`);
  if (!info.isDirectory()) return [path];
  const names = (await readdir(path, { recursive: true })).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) throw new UserError(`${path}: no *.json file in it; expected a folder with golden files`);
  return names.map((name) => join(path, name));
}

/** Checks one file. Never throws: whatever is wrong with the file or the implementation is a failure with a reason. */
export async function checkFile(
  file: string,
  context: CheckContext,
  table: Readonly<Record<string, Checker>> = checkers,
): Promise<FileCheck> {
  let golden: Golden | undefined;
  try {
    golden = parseGolden(await readFile(file, 'utf8'));
    const checker = find(table, `${golden.model}/${golden.case}`) ?? find(table, golden.model);
    if (checker === undefined) throw new Error(`no implementation of ${described(golden, table)}`);
    return judge(file, golden, await checker(golden, { ...context, folder: dirname(file) }));
  } catch (error) {
    return {
      file,
      model: golden?.model ?? null,
      case: golden?.case ?? null,
      pass: false,
      reason: oneLine(error),
      tolerance: golden === undefined ? null : toleranceOf('', golden),
      errors: {},
    };
  }
}

function parseGolden(text: string): Golden {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('malformed: not JSON');
  }
  return parseAs(Golden, value);
}

function judge(file: string, golden: Golden, pairs: Pairs): FileCheck {
  const errors: Record<string, OutputError> = {};
  const failures: string[] = [];
  for (const [name, pair] of pairs) {
    const { error, reason } = comparePair(pair, toleranceOf(name, golden));
    if (reason !== undefined) failures.push(`${name}: ${reason}`);
    const group = name.replaceAll(/\[\d+\]/g, '[]');
    const before = errors[group];
    if (before === undefined || badness(error) > badness(before)) {
      errors[group] = { ...error, at: group === name ? error.at : name.concat(error.at && ` ${error.at}`) };
    }
  }
  if (pairs.size === 0) failures.push('nothing to compare in the file');
  const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
  return {
    file,
    model: golden.model,
    case: golden.case,
    pass: failures.length === 0,
    ...(failures.length > 0 ? { reason: failures[0] + more } : {}),
    tolerance: toleranceOf('', golden),
    errors,
  };
}

const badness = ({ rel }: OutputError): number => rel ?? Number.POSITIVE_INFINITY;

function find(table: Readonly<Record<string, Checker>>, key: string): Checker | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Names the case where only other cases of the model are implemented. */
function described(golden: Golden, table: Readonly<Record<string, Checker>>): string {
  const partly = Object.keys(table).some((key) => key.startsWith(`${golden.model}/`));
  return `model ${golden.model}${partly ? `, case ${golden.case}` : ''}`;
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
