import type { Measurement } from '../measure/types.js';
import { paperCosts } from '../paper/costs.js';
import type { Cell } from '../types.js';
import { ASMIL_CONFIG } from './asmil-grid.js';
import { METHODS } from './methods.js';

/*
 * Table 13: what each method costs in training and at inference.
 *
 *   pnpm exp compute-cost                         two minutes: 10 repetitions
 *   pnpm exp table13 --preset standard            as many repetitions as the benchmark takes
 */

const cells = Object.entries(METHODS).map(
  ([method, name]): Cell => ({
    key: name,
    label: method,
    factors: { method },
    ...(name === 'abmil' ? { reference: true } : {}), // times are set against the simplest method's
    model: { name, config: name === 'asmil' ? ASMIL_CONFIG : {} },
  }),
);

export const computeCost: Measurement = {
  kind: 'measure',
  id: 'compute-cost',
  title: 'Cost of each method',
  question:
    'What does each method cost, in parameters, work, time and memory? The paper has ASMIL below TransMIL in every column but training time and training memory.',
  paper: { kind: 'table', number: 13, rows: paperCosts(13, ({ method }) => METHODS[String(method)]!) },
  aliases: ['table13'],
  factor: { name: 'method', label: 'method' },
  cells,
  bag: { n: 2000, d: 384 },
  presets: {
    quick: { name: 'quick', summary: 'about two minutes: 10 repetitions of a step and of an inference', reps: 10 },
    standard: { name: 'standard', summary: 'about ten minutes: 5 to 1,000 repetitions, by the length of a step' },
    paper: { name: 'paper', summary: 'half an hour: 100 repetitions', reps: 100 },
  },
};
