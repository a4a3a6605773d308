import { benchMain } from '../bench/main.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // `| head`
  throw error;
});
process.exitCode = await benchMain(process.argv.slice(2), { out: process.stdout, err: process.stderr });
