import { layoutsOf, type Model, type Trainer, type TrainState } from '@asmil/core';
import { describe, expect, test } from 'vitest';
import { buildModel } from '../src/index.js';
import { bitsOf, withTrainer } from './model-suite.js';
import { MODELS, toyBag } from './model-table.js';

const named = (name: string) => MODELS.find((entry) => entry.name === name)!;
const plain = named('abmil gated');
const plugged = (anchor: Readonly<Record<string, unknown>>): Model => plain.build({ anchor });
const paper = named('asmil paper');

/** The state's parameters that an anchor copies, and the anchor, as lists of numbers in the anchor's order. */
function copies({ model, state }: Trainer): { online: number[]; anchor: number[] } {
  const layouts = layoutsOf(model);
  const flat = state.params.dataSync();
  const online = layouts.trees.anchor!.specs.flatMap(({ name }) => {
    const i = layouts.params.specs.findIndex((spec) => spec.name === name);
    const from = layouts.params.sizes.slice(0, i).reduce((a, b) => a + b, 0);
    return [...flat.slice(from, from + layouts.params.sizes[i]!)];
  });
  return { online, anchor: [...state.trees['tree:anchor']!.dataSync()] };
}

function trained(model: Model, steps = 3): string {
  return withTrainer(model, (trainer) => {
    for (let i = 0; i < steps; i++) trainer.step(toyBag(6 + i, i), i / steps);
    trainer.endEpoch();
    const { params, m, v }: TrainState = trainer.state;
    return bitsOf({ ...trainer.state, params, m, v, trees: {} });
  });
}

/** The anchor's bookkeeping, on the engine in use. */
export function describeAnchors(): void {
  describe('anchors', () => {
    test('without weight or without an anchor, training is the plain model bit by bit', () => {
      expect(trained(plugged({ beta: 0 }))).toBe(trained(plain.build()));
      expect(trained(plugged({ beta: 1 }))).not.toBe(trained(plain.build()));
      const none = trained(paper.build({ anchor: 'none' }));
      expect(trained(paper.build({ beta: 0 }))).toBe(none);
      expect(trained(paper.build({ beta: 0, stabiliser: 'temporal' }))).toBe(none);
      expect(trained(paper.build())).not.toBe(none);
    });

    test.each([
      ['plug-in', (m: number, emaEvery: string) => plugged({ momentum: m, emaEvery })],
      ['attention', (emaM: number, emaEvery: string) => paper.build({ emaM, emaEvery })],
      ['full', (emaM: number, emaEvery: string) => paper.build({ emaM, emaEvery, anchorScope: 'full' })],
    ])('%s: m = 1 keeps the first copy, m = 0 copies, between it is the average', (_, build) => {
      const config = { lr: 0.01 };
      const run = (m: number): { start: number[]; online: number[]; anchor: number[] } =>
        withTrainer(
          build(m, 'batch'),
          (trainer) => {
            const start = copies(trainer);
            expect(start.anchor).toEqual(start.online);
            trainer.step(toyBag(7, 1), 0);
            return { start: start.anchor, ...copies(trainer) };
          },
          { config },
        );
      const frozen = run(1);
      expect(frozen.anchor).toEqual(frozen.start);
      expect(frozen.online).not.toEqual(frozen.start);
      const following = run(0);
      expect(following.anchor).toEqual(following.online);
      const between = run(0.75);
      between.anchor.forEach((v, i) => {
        expect(v).toBeCloseTo(0.75 * between.start[i]! + 0.25 * between.online[i]!, 6);
      });
    });

    test.each([
      ['plug-in', () => plugged({ momentum: 0, emaEvery: 'epoch' })],
      ['asmil', () => paper.build({ emaM: 0, emaEvery: 'epoch' })],
    ])('%s: an average per epoch moves after the epoch alone', (_, build) => {
      withTrainer(build(), (trainer) => {
        const start = copies(trainer).anchor;
        for (let i = 0; i < 3; i++) trainer.step(toyBag(5 + i, i), i / 3);
        expect(copies(trainer).anchor).toEqual(start);
        trainer.endEpoch();
        expect(copies(trainer).anchor).toEqual(copies(trainer).online);
      });
    });

    test('the released anchor never moves, unless it is told to', () => {
      const release = named('asmil release');
      withTrainer(release.build(), (trainer) => {
        const { anchor, online } = copies(trainer);
        expect(anchor).not.toEqual(online);
        for (let i = 0; i < 3; i++) trainer.step(toyBag(5 + i, i), i / 3);
        trainer.endEpoch();
        expect(copies(trainer).anchor).toEqual(anchor);
      });
      withTrainer(release.build({ fixEma: true, copyStart: true, emaM: 0 }), (trainer) => {
        expect(copies(trainer).anchor).toEqual(copies(trainer).online);
        trainer.step(toyBag(5), 0);
        expect(copies(trainer).anchor).toEqual(copies(trainer).online);
      });
    });

    test('ensembling remembers each slide and has nothing to say at its first visit', () => {
      withTrainer(paper.build({ stabiliser: 'temporal', ensembleRho: 0.5 }), (trainer) => {
        const [first, second] = [toyBag(7, 0, 1), toyBag(9, 1, 2)];
        const visit = (bag: typeof first, t: number): number => trainer.step(bag, t).terms.as!;
        const map = (bag: typeof first): Float32Array => trainer.evaluate(bag).map!.values;
        const memory = (): Float32Array =>
          trainer.state.bags.get(first.bag.id)!['bag:ensemble']!.dataSync() as Float32Array;
        const before = map(first);
        expect(Math.abs(visit(first, 0))).toBeLessThan(1e-6);
        memory().forEach((v, i) => {
          expect(v).toBeCloseTo(before[i]!, 6);
        });
        expect(Math.abs(visit(second, 0.5))).toBeLessThan(1e-6);
        trainer.endEpoch();
        const [remembered, now] = [memory(), map(first)];
        expect(visit(first, 1)).toBeGreaterThan(0);
        memory().forEach((v, i) => {
          expect(v).toBeCloseTo(0.5 * remembered[i]! + 0.5 * now[i]!, 6);
        });
        expect([...trainer.state.bags.get(first.bag.id)!['bag:visits']!.dataSync()]).toEqual([2]);
        expect([...trainer.state.bags.get(second.bag.id)!['bag:visits']!.dataSync()]).toEqual([1]);
      });
    });

    test('a model without a second anchor, or without attention, says so', () => {
      expect(() => buildModel('asmil', { anchor: { normalizer: 'nsf' } }, { input: 6, classes: 2 })).toThrow(/anchor/);
    });
  });
}
