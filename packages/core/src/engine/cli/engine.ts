import { Command } from 'commander';
import { setUpNative } from '../native/index.js';

const program = new Command('engine');
program
  .command('native')
  .option('--wheel <file>')
  .option('--from <source>')
  .option('--force')
  .action(async (o) => {
    await setUpNative({ ...o, progress: (l: string) => console.log(l) });
  });
await program.parseAsync();
