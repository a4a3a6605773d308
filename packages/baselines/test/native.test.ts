import { resolveEngine, useEngine } from '@asmil/core';
import { beforeAll, describe } from 'vitest';
import { describeAnchors } from './anchor-suite.js';
import { describeModels } from './model-suite.js';
import { describeTraining } from './training-suite.js';

const missing = resolveEngine('auto').name !== 'native';

describe.skipIf(missing)(missing ? 'native engine: not set up, see `pnpm engine native`' : 'native engine', () => {
  beforeAll(() => useEngine('native'));
  describeModels('native');
  describeAnchors();
  describeTraining();
});
