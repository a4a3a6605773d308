import { abmilCheckers } from './abmil.js';
import { acmilCheckers } from './acmil.js';
import { aemCheckers } from './aem.js';
import { asmilCheckers } from './asmil.js';
import { attentionCheckers } from './attention.js';
import { camilCheckers } from './camil.js';
import type { Checker } from './checker.js';
import { clamCheckers } from './clam-sb.js';
import { demilCheckers } from './demil.js';
import { dsmilCheckers } from './dsmil.js';
import { dtfdMilCheckers } from './dtfd-mil.js';
import { functionCheckers } from './functions.js';
import { hdmilCheckers } from './hdmil.js';
import { ibmilCheckers } from './ibmil.js';
import { localizationCheckers } from './localization.js';
import { metricCheckers } from './metrics.js';
import { mhimCheckers } from './mhim-mil.js';
import { nystromCheckers } from './nystrom.js';
import { psmilCheckers } from './psmil.js';
import { rgmilCheckers } from './rgmil.js';
import { transmilCheckers } from './transmil.js';

/** What this suite can check, by the file's `model`, or by `model/case` where cases have nothing in common. */
export const checkers: Readonly<Record<string, Checker>> = {
  ...metricCheckers,
  ...localizationCheckers,
  ...functionCheckers,
  ...attentionCheckers,
  ...asmilCheckers,
  ...abmilCheckers,
  ...aemCheckers,
  ...clamCheckers,
  ...dsmilCheckers,
  ...acmilCheckers,
  ...dtfdMilCheckers,
  ...demilCheckers,
  ...rgmilCheckers,
  ...hdmilCheckers,
  ...mhimCheckers,
  ...psmilCheckers,
  ...ibmilCheckers,
  ...nystromCheckers,
  ...transmilCheckers,
  ...camilCheckers,
};
