#!/usr/bin/env node
import { runData } from './program.js';

process.exitCode = await runData(process.argv.slice(2), {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  ...(process.stderr.isTTY && { status }),
});

/** One line that the next one overwrites. */
function status(text: string): void {
  process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
}
