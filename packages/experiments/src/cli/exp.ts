import { abortOnSignal, endWithReader } from '../runner/signals.js';
import { main } from './main.js';

endWithReader();
const terminal = { out: process.stdout, err: process.stderr };
process.exitCode = await main(process.argv.slice(2), { terminal, signal: abortOnSignal() });
