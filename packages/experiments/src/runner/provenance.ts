import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Provenance } from '../types.js';
import type { EngineInfo, EngineName } from './deps.js';

export interface ProvenanceFacts {
  readonly root: string;
  readonly engine: EngineName;
  /** Undefined if every run was stored already and no engine was loaded. */
  readonly engineInfo: EngineInfo | undefined;
  readonly workers: number;
  /** Where the runs were computed, if not on this machine. */
  readonly cluster?: string;
  readonly runSeconds: number;
  readonly commandSeconds: number;
  readonly command: string;
  readonly epochSeconds?: Provenance['epochSeconds'];
}

/** The facts of this machine, this moment and this checkout that a report names beside its results. */
export function provenanceOf(facts: ProvenanceFacts): Provenance {
  const { engineInfo: info } = facts;
  return {
    suite: suiteVersion(),
    commit: commitOf(facts.root),
    node: process.version,
    engine: info ? `${info.name} ${info.version} on ${info.device}` : facts.engine,
    cpu: facts.cluster ?? cpus()[0]?.model.trim() ?? 'unknown',
    workers: facts.workers,
    created: new Date().toISOString(),
    runSeconds: facts.runSeconds,
    commandSeconds: facts.commandSeconds,
    command: facts.command,
    ...(facts.epochSeconds ? { epochSeconds: facts.epochSeconds } : {}),
  };
}

/** The suite's version, as its packages state it. */
export function suiteVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The commit, `-dirty` if tracked files outside `reports/` have changed (a report must not make the next one dirty). */
export function commitOf(root: string): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':(exclude)reports');
    return git('rev-parse', 'HEAD') + (changed ? '-dirty' : '');
  } catch {
    return null;
  }
}
