import type { BenchResults } from './types.js';

type Term = readonly [name: string, text: string];

/** What the numbers mean, term by term. */
export function measuredTerms({ rows, slides }: BenchResults): Term[] {
  return [...(rows.length > 0 ? BAGS : []), ...(slides ? [SLIDES] : [])];
}

const BAGS: readonly Term[] = [
  [
    'Step',
    'forward, loss, backward, optimiser, for ASMIL the anchor’s pass and its moving average, the random draws, and reading the loss as a number. One bag a step; the bag is standard normal noise that is in memory already; labels alternate.',
  ],
  ['Inference', 'logits and attention of one bag, read back.'],
  [
    'Repetitions',
    'every case runs in a fresh process on each engine. After 0.3 seconds of untimed repetitions the engines take turns, ten rounds each way round; a case ends after at least 30 repetitions and one second, or five repetitions if a step is slow; under --scale after 30 repetitions and 0.2 seconds, or three if a step is slow.',
  ],
  [
    'Memory',
    'largest resident memory of that process at the end, which includes compiling the step and checking it once against the step run operation by operation.',
  ],
  [
    'Work',
    'multiply-accumulates of the matrix products and convolutions of one training step, counted while it runs: forward pass, backward pass without the gradient of the features, which nobody needs, and the pass of an anchor or a teacher. Element-wise work, normalisers and the optimiser are not counted.',
  ],
  ['PyTorch', 'the programs under bench/pytorch, eager, with its default optimisers.'],
];

const SLIDES: Term = [
  'Many slides',
  'the training loop itself, in a process for each model: one epoch over all slides, one bag a step, then one evaluation of all of them, from an empty store of features. A slide is made from its number and a seed whenever it is loaded. Features stay in memory up to the budget; beyond it a slide is loaded at every use, twice in all. The same loop over two slides has compiled the steps before. The process takes the numbers of slides in turns, up to three rounds, ascending; peak memory is read in the first round. A budget is measured only where the features do not fit into it.',
];
