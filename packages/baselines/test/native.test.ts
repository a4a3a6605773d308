import { resolveEngine, useEngine } from '@asmil/core';
import { beforeAll, describe } from 'vitest';
import { describeModels } from './model-suite.js';

const missing = resolveEngine('auto').name !== 'native';

describe.skipIf(missing)(missing ? 'native engine: not set up, see `pnpm engine native`' : 'native engine', () => {
  beforeAll(() => useEngine('native'));
  describeModels('native');
});
