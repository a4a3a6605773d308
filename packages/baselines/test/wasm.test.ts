import { useEngine } from '@asmil/core';
import { beforeAll, describe } from 'vitest';
import { describeModels } from './model-suite.js';

describe('wasm engine', () => {
  beforeAll(() => useEngine('wasm'));
  describeModels('wasm');
});
