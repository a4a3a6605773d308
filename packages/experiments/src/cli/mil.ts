#!/usr/bin/env node
import { runMil } from './mil-program.js';

process.exitCode = await runMil(process.argv.slice(2), {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
});
