import { createLogUpdate } from 'log-update';
import { runLines, type Tracker } from './tracker.js';

/** Where a command writes: progress and remarks to `err`, the table to `out`. */
export interface Terminal {
  readonly out: NodeJS.WritableStream;
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export interface Progress {
  /** A line that stays. */
  line(text: string): void;
  /** Begins to show a tracker; `changed` after each of its changes. */
  watch(tracker: Tracker): void;
  changed(event: 'epoch' | 'run'): void;
  close(): void;
}

/** A live block on a terminal, plain lines anywhere else (files, pipes, CI logs). */
export function createProgress(terminal: Terminal): Progress {
  const live = terminal.err.isTTY === true && process.env.TERM !== 'dumb' && !process.env.CI;
  return live ? liveProgress(terminal) : plainProgress(terminal);
}

const FRAME_MS = 100;

function liveProgress({ err }: Terminal): Progress {
  const update = createLogUpdate(err as NodeJS.WriteStream, { showCursor: true });
  let tracker: Tracker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let drawn = 0;
  const draw = (): void => {
    if (!tracker) return;
    drawn = Date.now();
    update([...runLines(tracker), tracker.summary].join('\n'));
  };
  return {
    line(text) {
      update.clear();
      err.write(`${text}\n`);
      draw();
    },
    watch(next) {
      tracker = next;
      timer = setInterval(draw, 1000);
      timer.unref();
      draw();
    },
    changed(event) {
      if (event === 'run' || Date.now() - drawn >= FRAME_MS) draw();
    },
    close() {
      clearInterval(timer);
      draw();
      update.done();
      tracker = undefined;
    },
  };
}

/** A log that has nothing to say for this long says where it stands. */
const PLAIN_MS = 15_000;

function plainProgress({ err }: Terminal): Progress {
  let tracker: Tracker | undefined;
  let timer: NodeJS.Timeout | undefined;
  let summary = '';
  const write = (text: string): void => {
    err.write(`${text}\n`);
    timer?.refresh();
  };
  return {
    line: write,
    watch(next) {
      tracker = next;
      timer = setInterval(() => {
        write([next.summary, ...runLines(next)].join(' | '));
      }, PLAIN_MS);
      timer.unref();
    },
    changed(event) {
      if (event !== 'run' || !tracker || tracker.summary === summary) return;
      summary = tracker.summary;
      write(summary);
    },
    close() {
      clearInterval(timer);
      tracker = undefined;
    },
  };
}
