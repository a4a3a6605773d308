import type { BagInfo, Split } from '@asmil/core';
import { shown } from '../files/shown.js';
import { listed, type Report } from './problem.js';
import { knownName, nameFault } from './slide-name.js';
import type { SplitTable } from './split-table.js';

const SIDES = ['train', 'val', 'test'] as const;

/**
 * Splits of the slides that there are. Names that a split gives besides are left out, as CLAM does, with a warning that lists
 * them. A slide or a patient on two sides, a name twice, and a split without training or test slides go to `report`; such a
 * split is left out.
 */
export function bindSplits(tables: readonly SplitTable[], bags: readonly BagInfo[], report: Report): Split[] {
  const byId = new Map(bags.map((bag) => [bag.id, bag]));
  const splits: Split[] = [];
  for (const table of tables) {
    let sound = true;
    const wrong = (message: string, slide?: string): void => {
      sound = false;
      report({ level: 'error', message: `${table.source}: ${message}`, slide });
    };
    const absent: string[] = [];
    const sideOf = new Map<string, string>();
    const split = { name: table.name, train: [] as string[], val: [] as string[], test: [] as string[] };
    for (const side of SIDES)
      for (const name of table[side]) {
        const fault = nameFault(name);
        if (fault) {
          wrong(`${fault}, in ${side}; mend the file`, name);
          continue;
        }
        const id = knownName(name, byId);
        const before = sideOf.get(id ?? name);
        sideOf.set(id ?? name, side);
        if (before === side) {
          report({
            level: 'warning',
            slide: name,
            message: `${table.source}: slide ${name} is named twice in ${side}`,
          });
        } else if (before !== undefined) {
          wrong(`slide ${name} is in ${before} and in ${side}; a slide may stand on one side only`, name);
        } else if (id === undefined) absent.push(name);
        else split[side].push(id);
      }
    if (absent.length > 0)
      report({
        level: 'warning',
        message: `${table.source}: ${absent.length === 1 ? 'slide' : `${absent.length} slides`} without label or features left out: ${listed(absent.map(shown))}`,
      });
    for (const leak of leaks(split, byId)) wrong(leak);
    for (const side of ['train', 'test'] as const)
      if (split[side].length === 0) wrong(`no slide in ${side} that is here; give at least one`);
    if (sound) splits.push(split);
  }
  return splits;
}

/** Patients with slides on two sides, one line a patient. */
function leaks(split: Split, byId: ReadonlyMap<string, BagInfo>): string[] {
  const first = new Map<string, { side: string; id: string }>();
  const found = new Map<string, string>();
  for (const side of SIDES)
    for (const id of split[side]) {
      const { group } = byId.get(id)!;
      const before = first.get(group);
      if (!before) first.set(group, { side, id });
      else if (before.side !== side && !found.has(group))
        found.set(
          group,
          `patient ${shown(group)} is in ${before.side} (${before.id}) and in ${side} (${id}); keep a patient's slides on one side`,
        );
    }
  return [...found.values()];
}
