#!/usr/bin/env node
import { runData } from './program.js';

process.exitCode = await runData(process.argv.slice(2), {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
});
