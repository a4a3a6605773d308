import { UserError } from '@asmil/core';
import { shown } from '../files/shown.js';
import type { PickleMap, PickleValue } from './pickle.js';
import { TorchTensor } from './tensor.js';

/** Keys under which training programs put the state dictionary beside optimiser and epoch. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model', 'net', 'module'];
const MAX_DEPTH = 8;
/** Dictionaries may share parts, so that a few of them unfold to very many names. */
const MAX_ENTRIES = 1_000_000;

/**
 * The tensors of a state dictionary by name, wherever a training program has put it: at the top, or under `state_dict`,
 * `model` and the like. Dictionaries inside (one a module) put their key in front: `{attention: {weight}}` gives
 * `attention.weight`. What is no tensor is left out.
 */
export function stateDict(content: PickleValue, file: string): Map<string, TorchTensor> {
  let at = content;
  for (let depth = 0; at instanceof Map && depth < MAX_DEPTH; depth++) {
    const key = unwrap(at);
    if (key === undefined) break;
    at = at.get(key)!;
  }
  const out = new Map<string, TorchTensor>();
  let entries = 0;
  const collect = (map: PickleMap, prefix: string, depth: number): void => {
    if (depth > MAX_DEPTH) throw new UserError(`${file}: dictionaries nested more than ${MAX_DEPTH} deep`);
    entries += map.size;
    if (entries > MAX_ENTRIES) throw new UserError(`${file}: more than ${MAX_ENTRIES} entries in its dictionaries`);
    for (const [key, value] of map) {
      const name = `${prefix}${String(key)}`;
      if (value instanceof TorchTensor) {
        if (out.has(name)) throw new UserError(`${file}: two tensors are called ${shown(name)}`);
        out.set(name, value);
      } else if (value instanceof Map) collect(value, `${name}.`, depth + 1);
    }
  };
  if (at instanceof Map) collect(at, '', 0);
  if (out.size === 0) {
    const keys = at instanceof Map ? [...at.keys()].slice(0, 5).map((key) => shown(String(key))) : [];
    throw new UserError(
      `${file}: no tensors by name in it${keys.length > 0 ? ` (found ${keys.join(', ')})` : ''}, expected a state dictionary: torch.save(model.state_dict(), PATH)`,
    );
  }
  return out;
}

function unwrap(map: PickleMap): string | undefined {
  if ([...map.values()].some((value) => value instanceof TorchTensor)) return undefined;
  return WRAPPERS.find((key) => map.get(key) instanceof Map);
}
