import { checkEngine, type EngineStatus, engineStatus } from '@asmil/core';
import { cohortEntries } from '@asmil/data';
import { examineMachine } from './machine.js';
import { examinePlaces, withoutHome } from './places.js';
import type { Diagnosis, Finding } from './types.js';

/** Looks at the machine, lets every engine compute, and at the folders and data. Fetches, trains and changes nothing. */
export async function diagnose(root: string, signal?: AbortSignal): Promise<Diagnosis> {
  const findings = [
    ...examineMachine(root),
    await examineWasm(),
    await examineNative(engineStatus(), signal),
    ...examinePlaces(root),
    await examineCohorts(),
  ];
  return { findings, healthy: findings.every(({ state }) => state !== 'bad') };
}

async function examineWasm(): Promise<Finding> {
  const what = 'engine wasm';
  try {
    const { error } = await checkEngine('wasm');
    return { state: 'ok', what, found: `${engineStatus().wasm.version}, computes (off by ${error.toExponential(1)})` };
  } catch (error) {
    return { state: 'bad', what, found: firstLine(error), how: 'install the packages anew: `pnpm install --force`' };
  }
}

/** The suite runs without the native engine: that it is missing is a note, that it is broken is not in order. */
async function examineNative({ native }: EngineStatus, signal: AbortSignal | undefined): Promise<Finding> {
  const what = 'engine native';
  const damaged = native.folders.find(({ problem }) => problem !== undefined);
  if (damaged) {
    const found = `damaged: ${withoutHome(damaged.dir)}: ${damaged.problem}`;
    return { state: 'bad', what, found, how: '`pnpm engine native` mends it' };
  }
  if (!native.supported) return { state: 'note', what, found: 'needs Linux x64; wasm is used' };
  if (!native.used) {
    return { state: 'note', what, found: 'not set up', how: '`pnpm engine native` does it; about five times as fast' };
  }
  const { tensorflow, device, source } = native.used;
  const found = `TensorFlow ${tensorflow} (${device}, ${source})`;
  try {
    const { error, device: used } = await checkEngine('native', signal);
    return { state: 'ok', what, found: `${found}, computes on the ${used} (off by ${error.toExponential(1)})` };
  } catch (error) {
    return { state: 'bad', what, found: `${found}: ${firstLine(error)}`, how: '`pnpm engine native --force`' };
  }
}

async function examineCohorts(): Promise<Finding> {
  const missing: string[] = [];
  for (const entry of cohortEntries) if (!(await entry.available()).ready) missing.push(entry.name);
  const found = `${cohortEntries.length - missing.length} of ${cohortEntries.length} cohorts are here`;
  if (missing.length === 0) return { state: 'ok', what: 'data', found };
  return { state: 'note', what: 'data', found, how: `fetched when they are used, or: pnpm data fetch ${missing[0]}` };
}

const firstLine = (error: unknown): string => withoutHome((error as Error).message.split('\n')[0]!);
