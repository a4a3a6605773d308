import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '@asmil/core';
import type { Allocations } from './allocations.js';
import { CANARY } from './pickle-input.js';
import type { Reader } from './readers.js';

/** What reading one input came to. */
export interface Verdict {
  readonly outcome: 'accepted' | 'refused' | 'failed';
  /** Of a refusal, its line; of a failure, what is wrong. */
  readonly said?: string;
  /** Processor time in ms. */
  readonly ms: number;
  /** The most memory that the process had while it read, beyond what it had before, in bytes. */
  readonly memory: number;
  /** The largest piece of memory that was asked for at once, in bytes. */
  readonly asked: number;
}

export const LIMITS = {
  /** Processor time of one input, in ms. */
  ms: 2000,
  /** Memory in bytes that any file may take; a file that is larger than a quarter of this, four times its size. */
  memory: 2 ** 27,
  /** Characters of a line that a person is shown. */
  line: 1000,
} as const;

const MOST_TIMES = 4;

/** Errors that came out of nowhere (a promise that nobody awaited, a callback) while an input was read. */
export const strays: unknown[] = [];

/** Reads one file and holds what happens against the rules. */
export async function judge(reader: Reader, path: string, size: number, allocations: Allocations): Promise<Verdict> {
  const before = resetPeak();
  allocations.reset();
  const cpu = process.cpuUsage();
  const result = await reader.read(path).then(
    (said) => ({ outcome: 'accepted' as const, said }),
    (error: unknown) => ({ outcome: 'refused' as const, error }),
  );
  await new Promise(setImmediate); // what was not awaited comes now
  const { user, system } = process.cpuUsage(cpu);
  const measured = { ms: (user + system) / 1000, memory: Math.max(0, peak() - before), asked: allocations.largest() };
  const wrong =
    faultOf(result, basename(path)) ??
    strays.splice(0).map((error) => `outside of the call: ${describe(error)}`)[0] ??
    (existsSync(CANARY) ? 'code of the file was run' : undefined) ??
    excess(measured, size);
  if (wrong !== undefined) return { outcome: 'failed', said: wrong, ...measured };
  if ('error' in result) return { outcome: 'refused', said: (result.error as Error).message, ...measured };
  return { outcome: 'accepted', ...measured };
}

type Result = { readonly said: readonly string[] } | { readonly error: unknown };

function faultOf(result: Result, name: string): string | undefined {
  if ('said' in result) return result.said.map(lineFault).find((fault) => fault !== undefined);
  const { error } = result;
  if (!(error instanceof UserError)) return describe(error);
  if (!error.message.includes(name) && !error.message.includes('cohort.json'))
    return `does not name the file: ${error.message}`;
  return lineFault(error.message);
}

/** Why a text is no line for a person to read. */
function lineFault(line: string): string | undefined {
  const shown = JSON.stringify(line.slice(0, 200));
  if (line.length > LIMITS.line) return `a line of ${line.length} characters: ${shown}`;
  return /[\p{Cc}\p{Zl}\p{Zp}]/u.test(line) ? `a line with a control character: ${shown}` : undefined;
}

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? String(error)).split('\n').slice(0, 6).join('\n') : `threw ${String(error)}`;

function excess({ ms, memory, asked }: Omit<Verdict, 'outcome'>, size: number): string | undefined {
  const most = Math.max(LIMITS.memory, MOST_TIMES * size);
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  if (ms > LIMITS.ms) return `took ${Math.round(ms)} ms of processor time`;
  if (asked > most) return `asked for ${mib(asked)} at once for a file of ${size} bytes`;
  if (memory > most) return `took ${mib(memory)} for a file of ${size} bytes`;
  return undefined;
}

const STATUS = '/proc/self/status';
const kib = (field: string): number =>
  1024 * Number(new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(readFileSync(STATUS, 'utf8'))?.[1]);

/** Linux keeps the most memory since it was last reset; elsewhere the most since the process began is all there is. */
const resettable = ((): boolean => {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return kib('VmHWM') > 0;
  } catch {
    return false;
  }
})();

const peak = (): number => (resettable ? kib('VmHWM') : process.resourceUsage().maxRSS * 1024);

function resetPeak(): number {
  if (resettable) writeFileSync('/proc/self/clear_refs', '5');
  return peak();
}
