import { main } from './main.js';
import { abortOnSignal, endWithReader } from './signals.js';

endWithReader();
const terminal = { out: process.stdout, err: process.stderr };
process.exitCode = await main(process.argv.slice(2), { terminal, signal: abortOnSignal() });
