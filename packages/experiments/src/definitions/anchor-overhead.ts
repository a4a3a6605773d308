import type { Measurement } from '../measure/types.js';
import { paperCosts } from '../paper/costs.js';
import type { Cell } from '../types.js';
import { METHODS } from './methods.js';

/*
 * Table 14: what the anchor costs in training, and that it costs nothing at inference, for every model with attention that
 * has no anchor of its own.
 *
 *   pnpm exp anchor-overhead                      six minutes: 10 repetitions
 *   pnpm exp table14 --only abmil-none,abmil-anchor
 */

/** Further models of the registry that the anchor can be added to. */
const OTHERS = { DEMIL: 'demil', PSMIL: 'psmil', RGMIL: 'rgmil' };

/** Every host by its registry name: the paper's methods but ASMIL, which has an anchor of its own. */
const HOSTS = Object.entries({ ...METHODS, ...OTHERS }).filter(([, name]) => name !== 'asmil');

/** Treatment → normaliser of the anchor's target, null for the plain host. */
const TREATMENTS = { none: null, anchor: 'softmax', 'anchor+NSF': 'nsf' } as const;
const LABELS = { none: '', anchor: ' + anchor', 'anchor+NSF': ' + anchor + NSF' } as const;
type Treatment = keyof typeof TREATMENTS;
const STEPS = Object.keys(TREATMENTS) as Treatment[];

const keyOf = (name: string, treatment: Treatment): string => `${name}-${treatment.replace('+', '-')}`;

const cells = HOSTS.flatMap(([host, name]) =>
  STEPS.map((treatment): Cell => {
    const normalizer = TREATMENTS[treatment];
    return {
      key: keyOf(name, treatment),
      label: `${host}${LABELS[treatment]}`,
      factors: { host, treatment },
      ...(normalizer === null ? {} : { baseline: keyOf(name, 'none') }),
      model: { name, config: normalizer === null ? {} : { anchor: { normalizer } } },
    };
  }),
);

export const anchorOverhead: Measurement = {
  kind: 'measure',
  id: 'anchor-overhead',
  title: 'What the anchor costs',
  question:
    'What does the anchor add to the cost of a method? The paper has up to a quarter more training time, more training memory, and nothing at all at inference.',
  paper: {
    kind: 'table',
    number: 14,
    rows: paperCosts(14, ({ method, anchor }) => keyOf(METHODS[String(method)]!, anchor ? 'anchor' : 'none')),
  },
  aliases: ['table14'],
  factor: { name: 'treatment', label: 'method' },
  treatments: { host: 'host', treatment: 'treatment', steps: STEPS },
  cells,
  bag: { n: 2000, d: 384 },
  presets: {
    quick: { name: 'quick', summary: 'about six minutes: 10 repetitions of a step and of an inference', reps: 10 },
    standard: { name: 'standard', summary: 'about half an hour: 5 to 1,000 repetitions, by the length of a step' },
    paper: { name: 'paper', summary: 'an hour and a half: 100 repetitions', reps: 100 },
  },
};
