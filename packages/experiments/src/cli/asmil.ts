#!/usr/bin/env node
/*
 * The commands of an installed package, whose name comes first: `asmil exp ablation-ema` is what `pnpm exp ablation-ema` is in
 * a clone. Each is a module that reads the arguments behind its name.
 */
const COMMANDS: Readonly<Record<string, () => Promise<unknown>>> = {
  exp: () => import('./exp.js'),
  mil: () => import('./mil.js'),
  data: () => import('@asmil/data/cli'),
  engine: () => import('@asmil/core/engine-cli'),
  report: () => import('./report.js'),
  golden: () => import('./golden.js'),
  bench: () => import('./bench.js'),
  doctor: () => import('./doctor.js'),
};

const [name = ''] = process.argv.splice(2, 1);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command) await command();
else {
  const help = name === '' || name === '--help' || name === '-h';
  const usage = `usage: asmil COMMAND …, with the commands ${Object.keys(COMMANDS).join(', ')}; --help behind one tells more`;
  (help ? process.stdout : process.stderr).write(help ? `${usage}\n` : `unknown command '${name}'; ${usage}\n`);
  process.exitCode = help ? 0 : 2;
}
