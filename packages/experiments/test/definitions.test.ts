import { buildModel } from '@asmil/baselines';
import { findCohort } from '@asmil/data';
import { describe, expect, it } from 'vitest';
import { experiments, findExperiment } from '../src/definitions/index.js';

it('have names of their own', () => {
  const names = experiments.flatMap(({ id, aliases }) => [id, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
});

describe.each(experiments.map((experiment) => [experiment.id, experiment] as const))('%s', (id, experiment) => {
  const { cells, paper, presets, factor, train } = experiment;
  const keys = cells.map((cell) => cell.key);

  it('is found by its names, on a cohort that there is', () => {
    for (const name of [id, ...experiment.aliases]) expect(findExperiment(name)).toBe(experiment);
    expect(findCohort(experiment.cohort).name).toBe(experiment.cohort);
  });

  it('has cells with keys that can be typed, one of them the reference or each host its own', () => {
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9.=-]+$/);
    const plain = cells.filter((cell) => cell.reference);
    if (experiment.treatments) {
      expect(plain).toEqual([]);
      for (const { baseline } of cells) expect(keys).toContain(baseline ?? keys[0]);
    } else expect(plain).toHaveLength(1);
    for (const cell of cells) expect(Object.keys(cell.factors)).toContain(factor.name);
    if (experiment.series) for (const cell of cells) expect(cell.factors[experiment.series.name]).toBeDefined();
  });

  it('has models that build, each different from the others', () => {
    const classes = id === 'classic-mil-as-published' ? 2 : 3; // its DSMIL has one sigmoid for two classes
    const built = cells.map(({ model, train: own }) => {
      const { name, config } = buildModel(model.name, model.config, { input: 384, classes });
      return JSON.stringify([name, config, own ?? {}]);
    });
    expect(new Set(built).size).toBe(cells.length);
  });

  it('sets the paper’s rows beside cells that it has', () => {
    if (paper.kind === 'table') expect(paper.rows.length).toBeGreaterThan(0);
    else if (paper.kind !== 'own') expect(paper.claim).toBeDefined();
    expect(paper.rows.map((row) => row.cell).filter((cell) => !keys.includes(cell))).toEqual([]);
  });

  it('grows from preset to preset', () => {
    const sizes = [presets.quick, presets.standard, presets.paper].map(({ name, seeds, splits, train: own }) => {
      expect(presets[name].name).toBe(name);
      return seeds * splits * { ...train, ...own }.epochs;
    });
    expect(sizes.every((size, i) => size > (sizes[i - 1] ?? 0))).toBe(true);
  });
});
