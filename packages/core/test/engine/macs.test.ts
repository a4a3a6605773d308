import { beforeAll, describe } from 'vitest';
import { resolveEngine, useEngine } from '../../src/index.js';
import { describeCounting } from './macs-suite.js';

describe('multiply-accumulates on wasm', () => {
  beforeAll(() => useEngine('wasm'));
  describeCounting();
});

const missing = resolveEngine('auto').name !== 'native';

describe.skipIf(missing)(missing ? 'multiply-accumulates: native not set up' : 'multiply-accumulates on native', () => {
  beforeAll(() => useEngine('native'));
  describeCounting();
});
