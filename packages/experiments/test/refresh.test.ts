import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ablationEma } from '../src/definitions/ablation-ema.js';
import { ablationFeatTokens } from '../src/definitions/ablation-feat-tokens.js';
import { mainComparison } from '../src/definitions/main-comparison.js';
import { refreshReports } from '../src/site/refresh.js';
import { bench } from './fakes/cli.js';
import { deps } from './fakes/wiring.js';

let t: ReturnType<typeof bench>;
beforeEach(() => {
  t = bench();
});
afterEach(() => t.remove());

const refresh = () =>
  refreshReports(
    [ablationEma, ablationFeatTokens, mainComparison],
    { storeDir: t.store, reportsDir: join(t.dir, 'reports') },
    {
      ...{ deps, root: t.dir, debug: false, signal: new AbortController().signal },
      terminal: { out: process.stderr, err: Object.assign(Object.create(process.stderr), { write: () => true }) },
    },
  );

describe('reports from a store', () => {
  it('are written where every run is there, and in part only where there is a report already', async () => {
    await t.inProcess(t.ema('elsewhere'));
    const trained = t.trained().length;
    expect(await refresh()).toEqual({ written: ['ablation-ema'], left: [], failed: [], interrupted: false });
    const file = join(t.dir, 'reports', 'ablation-ema', 'results.json');
    expect(readFileSync(file, 'utf8')).toBe(t.text('elsewhere', 'results.json'));

    rmSync(join(t.store, t.stored()[0]!), { recursive: true });
    expect(await refresh()).toMatchObject({ written: ['ablation-ema'], left: [] });
    const { runs, planned } = JSON.parse(readFileSync(file, 'utf8'));
    expect([runs.length, planned]).toEqual([15, 16]);

    rmSync(join(t.dir, 'reports'), { recursive: true });
    expect(await refresh()).toMatchObject({ written: [], left: ['ablation-ema (quick): 15 of 16 runs stored'] });
    expect(existsSync(file)).toBe(false);
    expect(t.trained()).toHaveLength(trained);
  });

  it('take the largest preset that is whole, and other cohorts beside the experiment’s own', async () => {
    await t.inProcess(t.ema('a', '--data', 'musk1', '--preset', 'standard'));
    await t.inProcess(t.ema('b', '--data', 'musk1', '--seeds', '1', '--splits', '1'));
    expect(await refresh()).toMatchObject({
      written: ['ablation-ema-musk1'],
      left: ['ablation-feat-tokens-musk1 (standard): 3 of 12 runs stored'], // what both have in common
    });
    const { preset } = JSON.parse(readFileSync(join(t.dir, 'reports', 'ablation-ema-musk1', 'results.json'), 'utf8'));
    expect(preset).toBe('standard');
  });

  it('are none of an empty store', async () => {
    expect(await refresh()).toEqual({ written: [], left: [], failed: [], interrupted: false });
  });
});
