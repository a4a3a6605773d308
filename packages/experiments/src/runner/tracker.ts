import { allRuns, type PlannedRun, type Work } from './plan.js';
import type { EpochNews } from './protocol.js';

/** `m=0.999 · fold-1 · seed 2`, with the place between where there are several. */
export const nameOf = ({ cell, place, split, seed }: PlannedRun): string =>
  [cell.key, place, split.name, `seed ${seed}`].filter((part) => part !== undefined).join(' · ');

/** Where the runs of a plan stand; what the progress display reads. */
export class Tracker {
  readonly running = new Map<string, { run: PlannedRun; news?: EpochNews }>();
  readonly failed = new Map<string, string>();
  /** Runs that wait for a machine of a cluster. */
  queued = 0;
  /** Most runs that were running at once. */
  atOnce = 0;
  private readonly done: Set<string>;
  private readonly all: readonly PlannedRun[];
  private readonly begin: number;
  private costDone = 0;
  private costLeft: number;

  constructor(
    private readonly plan: Pick<Work, 'cells' | 'runs' | 'stages'>,
    stored: ReadonlySet<string>,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.all = allRuns(plan);
    this.done = new Set(stored);
    this.costLeft = this.all.filter((run) => !stored.has(run.signature)).reduce((sum, run) => sum + run.cost, 0);
    this.begin = this.now();
  }

  start(run: PlannedRun): void {
    this.running.set(run.signature, { run });
    this.count();
  }

  epoch(run: PlannedRun, news: EpochNews): void {
    this.running.set(run.signature, { run, news });
    this.count();
  }

  finish(run: PlannedRun): void {
    this.done.add(run.signature);
    this.settle(run, run.cost);
  }

  /** Another command has stored the run: done, but nothing that tells our speed. */
  found(run: PlannedRun): void {
    this.done.add(run.signature);
    this.settle(run, 0);
  }

  fail(run: PlannedRun, message: string): void {
    this.failed.set(run.signature, message);
    this.settle(run, run.cost);
  }

  private count(): void {
    this.atOnce = Math.max(this.atOnce, this.running.size);
  }

  private settle(run: PlannedRun, cost: number): void {
    this.running.delete(run.signature);
    this.costDone += cost;
    this.costLeft -= run.cost;
  }

  get runsDone(): number {
    return this.all.filter((run) => this.done.has(run.signature)).length;
  }

  get runsAll(): number {
    return this.all.length;
  }

  get cellsDone(): number {
    return this.plan.cells.filter((cell) =>
      this.plan.runs.every((run) => run.cell !== cell || this.done.has(run.signature)),
    ).length;
  }

  get cellsAll(): number {
    return this.plan.cells.length;
  }

  /** Seconds left at the pace so far, or null while there is no pace yet. */
  get secondsLeft(): number | null {
    let part = 0;
    for (const { run, news } of this.running.values()) {
      if (news) part += (run.cost * news.epoch) / run.spec.train.epochs;
    }
    const covered = this.costDone + part;
    return covered > 0 ? (((this.now() - this.begin) / 1000) * (this.costLeft - part)) / covered : null;
  }

  /** One line: `cells 2/7 · runs 5/14 · about 3 min left`. */
  get summary(): string {
    const left = this.secondsLeft;
    const parts = [`cells ${this.cellsDone}/${this.cellsAll}`, `runs ${this.runsDone}/${this.runsAll}`];
    if (this.queued > 0) parts.push(`${this.queued} queued`);
    if (this.failed.size > 0) parts.push(`${this.failed.size} failed`);
    if (left !== null && this.running.size > 0) parts.push(`about ${formatSeconds(left)} left`);
    return parts.join(' · ');
  }
}

/** Where a cluster runs more than this at once, a display shows so many and the number of the others. */
const SHOWN = 16;

/** A line for each run that is being computed. */
export function runLines({ running }: Tracker): string[] {
  const lines = [...running.values()].map(({ run, news }) => runLine(run, news)).sort();
  return lines.length <= SHOWN ? lines : [...lines.slice(0, SHOWN), `and ${lines.length - SHOWN} more`];
}

/** `m=0.999 · fold-1 · seed 2   epoch 12/50  loss 0.412  val F1 0.731`. */
export function runLine(run: PlannedRun, news: EpochNews | undefined): string {
  if (!news) return `${nameOf(run)}   starting`;
  const f1 = news.valF1 === null ? '' : `  val F1 ${news.valF1.toFixed(3)}`;
  return `${nameOf(run)}   epoch ${news.epoch}/${run.spec.train.epochs}  loss ${news.loss.toPrecision(3)}${f1}`;
}

/** `40 s`, `3 min`, `2 h 05 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
