import { SlideLoop } from './slide-case.js';
import { TimedCase } from './timed-case.js';
import type { Reply, Request } from './worker-process.js';

/** The process of one case or series: one request a message, one reply a message, until the parent lets go. */
let open: TimedCase | undefined;
let loop: SlideLoop | undefined;

async function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'open':
      open = await TimedCase.open(request.engine, request.case);
      return null;
    case 'times':
      return open!.times(request.what, request.reps);
    case 'finish':
      return open!.finish(request.rates);
    case 'slides':
      loop = await SlideLoop.open(request.engine, request.series);
      return loop.facts;
    case 'epoch':
      return loop!.epoch(request.slides);
  }
}

process.on('message', (request: Request) => {
  answer(request).then(
    (value) => process.send!({ value } satisfies Reply),
    (error: unknown) => process.send!({ error: (error as Error).message.split('\n')[0]! } satisfies Reply),
  );
});
process.on('disconnect', () => process.exit(0));
