import { reportMain } from './report-program.js';
import { abortOnSignal, endWithReader } from './signals.js';

endWithReader();
const terminal = { out: process.stdout, err: process.stderr };
process.exitCode = await reportMain(process.argv.slice(2), { terminal, signal: abortOnSignal() });
