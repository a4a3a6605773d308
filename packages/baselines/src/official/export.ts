import { type Checkpoint, createRng, expandStacks, initParams, type NamedArray } from '@asmil/core';
import { buildModel } from '../registry.js';
import { officialOf } from './import.js';

/**
 * The weights of a checkpoint under the names of the official code, one tensor a layer, so that its `load_state_dict` takes
 * them. Parameters that the official code creates and never uses are there too, as it starts them; trees (an anchor, a
 * teacher) and parameters of this suite alone are not.
 */
export function exportState({ model: saved, dims, params }: Checkpoint): Record<string, NamedArray> {
  const { own = {}, exports = {} } = officialOf(saved.name);
  const model = buildModel(saved.name, saved.config, dims);
  const unused = model.unused ?? [];
  const idle = initParams(
    unused.filter(({ name }) => params[name] === undefined),
    createRng(0, 'export'),
  );
  const specs = [...model.params.filter(({ name }) => own[name] === undefined), ...unused];
  const named = expandStacks(specs, { ...params, ...idle });
  return Object.fromEntries(
    Object.entries(named).map(([name, array]) => {
      const prefix = Object.keys(exports).find((ours) => name.startsWith(ours));
      return [prefix === undefined ? name : exports[prefix]! + name.slice(prefix.length), array];
    }),
  );
}
