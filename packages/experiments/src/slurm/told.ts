import type { Progress } from '../runner/progress.js';
import type { Tracker } from '../runner/tracker.js';
import { type TaskState, writeState } from './state.js';

/** A state is written at most this often while the run goes on, and at least that often. */
const PAUSE_MS = 1000;
const BEAT_MS = 30_000;

/** Tells of a task in its state file while its run is computed, and on standard output, which is its log. */
export class TaskTold implements Progress {
  tracker: Tracker | undefined;
  private state: TaskState;
  private writing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private readonly beat: NodeJS.Timeout;

  constructor(
    private readonly path: string,
    first: Omit<TaskState, 'format' | 'phase' | 'started' | 'updated'>,
  ) {
    const started = new Date().toISOString();
    this.state = { format: 1, phase: 'running', started, updated: started, ...first };
    this.beat = setInterval(() => this.write(), BEAT_MS);
    this.beat.unref();
    this.write();
  }

  line(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  watch(tracker: Tracker): void {
    this.tracker = tracker;
  }

  changed(): void {
    const news = this.tracker?.running.get(this.state.signature)?.news;
    if (!news || news.epoch === this.state.epoch?.epoch) return;
    this.state = { ...this.state, epoch: { epoch: news.epoch, loss: news.loss, valF1: news.valF1 } };
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.write();
    }, PAUSE_MS);
  }

  close(): void {}

  /** The task's last word; without one it counts as cut off. */
  async end(last?: Pick<TaskState, 'phase' | 'message' | 'engine'>): Promise<void> {
    clearInterval(this.beat);
    clearTimeout(this.timer);
    await this.writing;
    if (last) await writeState(this.path, { ...this.state, ...last, updated: new Date().toISOString() });
  }

  /** One after the other, each with the news of its moment. That a state cannot be written does not stop a run. */
  private write(): void {
    this.writing = this.writing
      .then(() => writeState(this.path, { ...this.state, updated: new Date().toISOString() }))
      .catch((error: Error) => this.line(`cannot tell where this run stands: ${error.message}`));
  }
}
