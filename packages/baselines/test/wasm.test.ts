import { useEngine } from '@asmil/core';
import { beforeAll, describe } from 'vitest';
import { describeAnchors } from './anchor-suite.js';
import { describeModels } from './model-suite.js';
import { describeTraining } from './training-suite.js';

describe('wasm engine', () => {
  beforeAll(() => useEngine('wasm'));
  describeModels('wasm');
  describeAnchors();
  describeTraining();
});
