import { TimedCase } from './timed-case.js';
import type { Reply, Request } from './worker-participant.js';

/** The process of one case: one request a message, one reply a message, until the parent lets go. */
let open: TimedCase | undefined;

async function answer(request: Request): Promise<unknown> {
  if (request.kind === 'open') {
    open = await TimedCase.open(request.engine, request.case);
    return null;
  }
  return request.kind === 'times' ? open!.times(request.what, request.reps) : open!.finish();
}

process.on('message', (request: Request) => {
  answer(request).then(
    (value) => process.send!({ value } satisfies Reply),
    (error: unknown) => process.send!({ error: (error as Error).message.split('\n')[0]! } satisfies Reply),
  );
});
process.on('disconnect', () => process.exit(0));
