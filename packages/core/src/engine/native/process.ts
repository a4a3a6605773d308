import { spawn } from 'node:child_process';
import { UserError } from '../../errors.js';

/** What a finished command left behind. */
export interface Finished {
  /** Exit code, or null when the command could not be started or was ended by a signal. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** True when there is no such command. */
  missing: boolean;
}

/** Options of `runCommand`. */
export interface RunOptions {
  signal?: AbortSignal | undefined;
  env?: Record<string, string>;
  cwd?: string;
  /** Called for each line of standard output as it comes. */
  onLine?: (line: string) => void;
}

/**
 * Runs a command to its end and returns what it printed; a failure is a value, not an exception.
 * An aborted `signal` ends the command and throws.
 */
export function runCommand(command: string, args: string[], options: RunOptions = {}): Promise<Finished> {
  const { signal, env, cwd, onLine } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      signal,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let tail = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (!onLine) return;
      const lines = (tail + text).split('\n');
      tail = lines.pop()!;
      for (const line of lines) onLine(line);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(stopped());
      else resolve({ code: null, stdout, stderr: stderr || error.message, missing: error.code === 'ENOENT' });
    });
    child.on('close', (code) => {
      if (signal?.aborted) reject(stopped());
      else resolve({ code, stdout, stderr, missing: false });
    });
  });
}

/** The error of a set-up that its user ended. */
export function stopped(): UserError {
  return new UserError('Stopped before the native engine was set up; nothing was left behind.');
}

/** Throws when the signal has been given. */
export function checkStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw stopped();
}

/** The last line with words in it, for use inside a sentence. */
export function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.at(-1) ?? '').trim().slice(0, 300);
}
