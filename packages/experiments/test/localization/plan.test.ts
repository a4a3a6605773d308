import { cohortEntries, findCohort, isSlideCohort } from '@asmil/data';
import { describe, expect, test } from 'vitest';
import { experiments } from '../../src/definitions/index.js';
import { localization } from '../../src/definitions/localization.js';
import { LOCALIZATION } from '../../src/localization/settings.js';
import type { Deps } from '../../src/runner/deps.js';
import { planRuns } from '../../src/runner/plan.js';
import { prepare } from '../../src/runner/prepare.js';
import type { ExperimentRequest } from '../../src/runner/request.js';
import { recordSchema } from '../../src/store/schema.js';
import { signatureOf } from '../../src/store/signature.js';
import { findCohort as findFake } from '../fakes/cohort.js';
import { deps as fakes } from '../fakes/wiring.js';

const request = (data?: string): ExperimentRequest => ({
  ...{ experiment: 'localization', preset: 'quick', engine: 'wasm', splitSeed: 0, force: false, checkpoints: false },
  ...{ standalone: false, png: false, data },
});

/** Cohorts by their real entries; none is opened but as a toy. */
const deps: Deps = {
  ...fakes,
  findCohort,
  openCohort: async (name) => ({ ...findFake('camelyon16-sim').cohort, name }),
};

const prepared = (data?: string) => prepare(localization, request(data), deps, () => {});

test('a run says in its specification how its maps are measured, and no other experiment does', () => {
  const plan = (experiment: (typeof experiments)[number]) =>
    planRuns(
      {
        ...{ experiment, preset: experiment.presets.quick, engine: 'wasm', cohort: findFake('camelyon16-sim').cohort },
        ...{ cohortOptions: { scale: 'quick' }, seeds: [1], splitSeed: 0 },
      },
      fakes,
    );
  for (const experiment of experiments) {
    const own = plan(experiment).runs.map(({ spec }) => spec.localization);
    expect(new Set(own)).toEqual(new Set([experiment === localization ? LOCALIZATION : undefined]));
  }
  const [run] = plan(localization).runs;
  const { localization: _, ...plain } = run!.spec;
  expect(signatureOf(run!.spec)).not.toBe(signatureOf(plain));
  const other = { ...run!.spec, localization: { ...LOCALIZATION, version: 2 } };
  expect(signatureOf(other)).not.toBe(signatureOf(run!.spec));
});

test('a record without localisation is as valid as before', () => {
  const split = { name: 's', train: ['a'], val: [], test: ['b'] };
  const result = { status: 'finished', selectedEpoch: 0, selected: null, last: null, epochs: [] } as const;
  const { spec, signature } = planRuns(
    {
      ...{ experiment: localization, preset: localization.presets.quick, engine: 'wasm' },
      ...{ cohort: findFake('camelyon16-sim').cohort, cohortOptions: { scale: 'quick' }, seeds: [1], splitSeed: 0 },
    },
    fakes,
  ).runs[0]!;
  expect(recordSchema.parse({ signature, spec, split, result })).toEqual({ signature, spec, split, result });
  expect(() => recordSchema.parse({ signature, spec, split, result, localization: {} })).toThrow();
});

describe('cohorts', () => {
  test.each(['musk1', 'mnist-bags', 'fox'])(
    '%s has no lesions: refused in one sentence, with nothing fetched',
    async (name) => {
      const error = await prepared(name).catch((e) => e);
      expect(error).toMatchObject({ name: 'UserError', exitCode: 2 });
      expect(error.message).toBe(
        `localization measures where lesions are found, and ${name} has no outlines of lesions: choose a cohort that has, such as camelyon16-sim, mnist-slides or hgsc-slide`,
      );
    },
  );

  test('the whole slide has nothing to train on, so its blocks stand in, and a line says so', async () => {
    const { plans, notes } = await prepared('hgsc-slide');
    expect(plans[0].cohort.name).toBe('hgsc-blocks');
    expect(notes[0]).toMatch(/^hgsc-slide is one bag with nothing to train on: .*\(hgsc-blocks\)$/);
    expect((await prepared('mnist-slides')).notes.join()).not.toContain('hgsc');
    expect((await prepared()).plans[0].cohort.name).toBe('camelyon16-sim');
  });

  test('that say they are outlined are, and the others not', async () => {
    for (const entry of cohortEntries) {
      if (!(await entry.available()).ready) continue;
      const cohort = await entry.open({ scale: 'quick' });
      expect([entry.name, isSlideCohort(cohort)]).toEqual([entry.name, entry.outlined === true]);
    }
  });
});
