import { testEveryFile } from './every-file.js';

testEveryFile('wasm');
