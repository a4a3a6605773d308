import { abortOnSignal, endWithReader } from '../runner/signals.js';
import { reportMain } from './report-program.js';

endWithReader();
const terminal = { out: process.stdout, err: process.stderr };
process.exitCode = await reportMain(process.argv.slice(2), { terminal, signal: abortOnSignal() });
