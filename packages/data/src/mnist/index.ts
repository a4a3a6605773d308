import type { CohortEntry } from '../registry.js';
import { mnistBags } from './bags.js';
import { DIGITS_HOW, digitsPresent } from './digits.js';
import { mnistSlides } from './slides.js';

const available: CohortEntry['available'] = async () =>
  digitsPresent() ? { ready: true } : { ready: false, how: DIGITS_HOW };

/** The cohorts made of real handwritten digits: `mnist-bags` and `mnist-slides`. */
export const mnistEntries: readonly CohortEntry[] = [
  {
    name: 'mnist-bags',
    summary: 'bags of about 10 digits, positive with a nine; D = 784',
    simulated: false,
    available,
    open: async ({ scale }) => mnistBags({ scale }),
  },
  {
    name: 'mnist-slides',
    summary: 'slides of digits with lesions of nines, outlined; D = 196',
    simulated: true,
    outlined: true,
    available,
    open: async ({ scale }) => mnistSlides(scale),
  },
];
