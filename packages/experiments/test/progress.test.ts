import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { cellList, seedList } from '../src/cli/arguments.js';
import { ablationEma } from '../src/definitions/ablation-ema.js';
import { planRuns } from '../src/runner/plan.js';
import { createProgress } from '../src/runner/progress.js';
import { commandLine } from '../src/runner/request.js';
import { formatSeconds, runLine, Tracker } from '../src/runner/tracker.js';
import { findCohort } from './fakes/cohort.js';
import { deps } from './fakes/wiring.js';

const plan = planRuns(
  {
    experiment: ablationEma,
    preset: ablationEma.presets.quick,
    engine: 'wasm',
    cohort: findCohort('bracs-sim').cohort,
    cohortOptions: { scale: 'quick' },
    seeds: [1, 2],
    splitSeed: 0,
    only: ['m=0', 'm=1'],
  },
  deps,
);
const [a, b, c, d] = plan.runs;

describe('Tracker', () => {
  it('counts runs and cells, stored ones included, and tells the time left from the pace', () => {
    let now = 0;
    const tracker = new Tracker(plan, new Set([a!.signature]), () => now);
    expect([tracker.runsDone, tracker.cellsDone, tracker.secondsLeft]).toEqual([1, 0, null]);
    tracker.start(b!);
    tracker.start(c!);
    now = 10_000;
    tracker.epoch(b!, { epoch: 4, loss: 0.5, valF1: null }); // half of one of three runs in 10 s: 50 s for the rest
    expect(tracker.secondsLeft).toBeCloseTo(50, 9);
    expect(tracker.summary).toBe('cells 0/2 · runs 1/4 · about 50 s left');
    tracker.finish(b!);
    expect([tracker.runsDone, tracker.cellsDone]).toEqual([2, 1]);
    tracker.fail(c!, 'no memory');
    tracker.found(d!);
    expect(tracker.summary).toBe('cells 1/2 · runs 3/4 · 1 failed');
  });

  it('prints a running job in one line', () => {
    expect(runLine(a!, { epoch: 3, loss: 0.41234, valF1: 0.73106 })).toBe(
      'm=0 · fold-0 · seed 1   epoch 3/8  loss 0.412  val F1 0.731',
    );
    expect([40, 200, 7500].map(formatSeconds)).toEqual(['40 s', '3 min', '2 h 05 min']);
  });
});

describe('createProgress', () => {
  const record = (isTTY: boolean) => {
    let text = '';
    const err = new Writable({
      write: (chunk, _encoding, done) => {
        text += chunk;
        done();
      },
    });
    return { terminal: { out: err, err: Object.assign(err, { isTTY, columns: 100, rows: 30 }) }, text: () => text };
  };

  it('draws a live block on a terminal and plain lines elsewhere', () => {
    const { CI } = process.env;
    delete process.env.CI;
    for (const isTTY of [true, false]) {
      const { terminal, text } = record(isTTY);
      const progress = createProgress(terminal);
      const tracker = new Tracker(plan, new Set());
      progress.line('header');
      progress.watch(tracker);
      tracker.start(a!);
      progress.changed('run');
      tracker.finish(a!);
      progress.changed('run');
      progress.close();
      expect(text()).toMatch(/^header\n/);
      expect(text()).toContain('cells 0/2 · runs 1/4');
      expect(text().includes('m=0 · fold-0 · seed 1   starting')).toBe(isTTY);
      expect(text().includes('\u001b[')).toBe(isTTY);
    }
    if (CI !== undefined) process.env.CI = CI;
  });
});

describe('the command line', () => {
  it('reads seeds as a number or as a list', () => {
    expect(seedList('3')).toEqual([1, 2, 3]);
    expect(seedList('1,2,5')).toEqual([1, 2, 5]);
    expect(seedList('5,')).toEqual([5]);
    for (const wrong of ['0', '-1', '1.5', 'x', '1,,2', '2,2', '']) expect(() => seedList(wrong)).toThrow('--seeds');
    expect(cellList('m=0, m=1')).toEqual(['m=0', 'm=1']);
    expect(() => cellList(',')).toThrow('--only');
  });

  it('is written so that it can be typed again', () => {
    const request = {
      experiment: 'table10',
      preset: 'paper',
      engine: 'auto',
      seeds: [5],
      splitSeed: 2,
      force: true,
      checkpoints: true,
      standalone: false,
      png: true,
      store: 'my runs',
    } as const;
    expect(commandLine(request)).toBe('pnpm exp table10 --preset paper --seeds 5, --split-seed 2');
    expect(commandLine(request, true)).toBe(
      "pnpm exp table10 --preset paper --seeds 5, --split-seed 2 --store 'my runs' --checkpoints --png",
    );
  });
});
