import { abmilCheckers } from './abmil.js';
import { asmilCheckers } from './asmil.js';
import { attentionCheckers } from './attention.js';
import { camilCheckers } from './camil.js';
import type { Checker } from './checker.js';
import { functionCheckers } from './functions.js';
import { metricCheckers } from './metrics.js';
import { nystromCheckers } from './nystrom.js';
import { transmilCheckers } from './transmil.js';

/** What this suite can check, by the file's `model`, or by `model/case` where cases have nothing in common. */
export const checkers: Readonly<Record<string, Checker>> = {
  ...metricCheckers,
  ...functionCheckers,
  ...attentionCheckers,
  ...asmilCheckers,
  ...abmilCheckers,
  ...nystromCheckers,
  ...transmilCheckers,
  ...camilCheckers,
};
