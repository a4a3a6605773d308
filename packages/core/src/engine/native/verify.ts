import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UserError } from '../../errors.js';
import { lastLine, runCommand } from './process.js';

/** What the check found. */
export interface ProbeResult {
  /** Largest difference from the values worked out by plain loops. */
  error: number;
  /** True when TensorFlow computes on a GPU. */
  usesGpu: boolean;
}

/** The command line that loads an engine in a process of its own and checks its numbers. */
export function probeCommand(binding: string, libraryDir: string): string[] {
  const compiled = fileURLToPath(new URL('./probe.js', import.meta.url));
  const source = fileURLToPath(new URL('./probe.ts', import.meta.url));
  const script = existsSync(compiled) ? [compiled] : ['--import', typescriptLoader(), source];
  return [process.execPath, ...script, binding, libraryDir];
}

/**
 * Loads a compiled binding in a child process and lets it compute a small product and gradient.
 *
 * @throws UserError when it does not load, crashes, or the numbers are wrong.
 */
export async function verifyBinding(binding: string, libraryDir: string, signal?: AbortSignal): Promise<ProbeResult> {
  const [node, ...args] = probeCommand(binding, libraryDir) as [string, ...string[]];
  // At level 0 the library's last words, should it have any, are in the message.
  const result = await runCommand(node, args, { signal, env: { TF_CPP_MIN_LOG_LEVEL: '0' } });
  const line = lastLine(result.stdout);
  if (result.code !== 0 || !line.startsWith('{')) {
    const words = result.stderr.split('\n').find((text) => /Error:|^F\d{4}/.test(text)) ?? lastLine(result.stderr);
    const reason = words.trim().slice(0, 200) || `it ended with code ${result.code}`;
    throw new UserError(`The compiled native engine does not run (${reason}); the wasm engine needs no set-up.`);
  }
  const { ok, error, usesGpu } = JSON.parse(line) as ProbeResult & { ok: boolean };
  if (!ok) throw new UserError(`The native engine computes wrong numbers (off by ${error}): use the wasm engine.`);
  return { error, usesGpu };
}

/** What lets Node run the TypeScript sources, in a clone; the published package has JavaScript. */
function typescriptLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}
