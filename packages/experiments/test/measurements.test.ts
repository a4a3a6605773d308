import { buildModel, modelNames } from '@asmil/baselines';
import { describe, expect, it } from 'vitest';
import { everyExperiment, findExperiment, measurements } from '../src/definitions/index.js';

const DIMS = { input: 384, classes: 2 };

it('share no name with any experiment', () => {
  const names = everyExperiment.flatMap(({ id, aliases }) => [id, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(measurements.map((measurement) => [measurement.id, measurement] as const))('%s', (id, measurement) => {
  const { cells, paper, presets } = measurement;
  const keys = cells.map(({ key }) => key);

  it('is found by its names and has cells of its own that can be typed', () => {
    for (const name of [id, ...measurement.aliases]) expect(findExperiment(name)).toBe(measurement);
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9.=-]+$/);
  });

  it('has models that build, and baselines that are there and have none themselves', () => {
    for (const { model, baseline } of cells) {
      expect(buildModel(model.name, model.config, DIMS).name).toBe(model.name);
      if (baseline !== undefined) expect(cells.find(({ key }) => key === baseline)?.baseline).toBeUndefined();
    }
    expect(cells.some(({ reference, baseline }) => reference || baseline)).toBe(true);
  });

  it('sets the paper’s rows beside cells that it has, and names its presets', () => {
    expect(paper.rows.length).toBeGreaterThan(0);
    expect(paper.rows.map(({ cell }) => cell).filter((cell) => !keys.includes(cell))).toEqual([]);
    for (const [name, preset] of Object.entries(presets)) expect(preset.name).toBe(name);
  });
});

it('the overhead of the anchor is measured for every model that can have one', () => {
  const hosts = modelNames().filter((name) => {
    const { host, trees } = buildModel(name, {}, DIMS);
    return host !== undefined && trees?.anchor === undefined;
  });
  const measured = new Set(
    (findExperiment('anchor-overhead') as (typeof measurements)[number]).cells.map(({ model }) => model.name),
  );
  expect([...measured].sort()).toEqual(hosts.sort());
});

it('the printed cost of the paper is read as it stands', () => {
  const [cost, overhead] = measurements;
  expect(cost!.paper.rows.find(({ cell }) => cell === 'asmil')).toEqual({
    cell: 'asmil',
    trainSeconds: 7.49,
    trainMb: 570,
    macsMillions: 542,
    inferSeconds: 0.52,
    inferMb: 196,
  });
  expect(overhead!.paper.rows.find(({ cell }) => cell === 'abmil-anchor')?.trainSeconds).toBe(1.17);
  expect(overhead!.paper.rows).toHaveLength(8);
});
