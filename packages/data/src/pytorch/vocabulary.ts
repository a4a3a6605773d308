import { UserError } from '@asmil/core';
import type { NumberName } from '../files/numbers.js';
import { shown } from '../files/shown.js';
import { damaged } from './bytes.js';
import { AllowedName, keyOf, type PickleMap, type PickleValue, type Vocabulary } from './pickle.js';
import { checkView, elementsOf, MAX_AXES, STORAGE_TYPES, TorchStorage, TorchTensor } from './tensor.js';

const ORDERED_DICT = 'collections.OrderedDict';
const TENSOR = 'torch._utils._rebuild_tensor_v2';
const PARAMETER = 'torch._utils._rebuild_parameter';

/** Views may repeat elements, so that a small file can ask for large tensors; this many elements are always granted. */
const SPARE_ELEMENTS = 2 ** 24;

/**
 * The names that a file of tensors consists of: three functions and the storage classes. `storages` collects, by key, the
 * storages that the file's tensors are views of. `fileBytes` bounds what they may unfold to.
 */
export function torchVocabulary(file: string, fileBytes: number, storages: Map<string, TorchStorage>): Vocabulary {
  const limit = 4 * fileBytes + SPARE_ELEMENTS;
  let elements = 0;
  let pairs = 0;

  const tensor = (args: readonly PickleValue[]): TorchTensor => {
    const [storage, offset, shape, stride] = args;
    if (!(storage instanceof TorchStorage)) throw damaged(file, 'a tensor in it has no storage');
    const view = new TorchTensor(
      storage,
      wholeNumbers(shape, file),
      wholeNumbers(stride, file),
      wholeNumber(offset, file),
    );
    checkView(view, file);
    elements += elementsOf(view.shape);
    if (elements > limit)
      throw new UserError(`${file}: its tensors unfold to more than ${limit} numbers, too many for ${fileBytes} bytes`);
    return view;
  };

  return {
    allows: (name) => [ORDERED_DICT, TENSOR, PARAMETER].includes(name) || storageType(name) !== undefined,
    call(name, args) {
      if (name === TENSOR) return tensor(args);
      if (name === PARAMETER && args[0] instanceof TorchTensor) return args[0];
      if (name === ORDERED_DICT && args.length <= 1) {
        const items = args[0] ?? [];
        pairs += Array.isArray(items) ? items.length : 0;
        // One list can be named again and again.
        if (pairs > fileBytes) throw damaged(file, 'its ordered dictionaries have more entries than it has bytes');
        return orderedDict(items, file);
      }
      throw damaged(file, `a call of ${name} in it has other arguments than PyTorch writes`);
    },
    persistent(id) {
      if (!Array.isArray(id) || id[0] !== 'storage') throw new UserError(refusedId(file, id));
      const [, type, key, , count, view] = id;
      const known = type instanceof AllowedName ? storageType(type.name) : undefined;
      if (known === undefined || typeof key !== 'string') throw damaged(file, 'a storage in it has no type or key');
      if (view !== undefined && view !== null)
        throw new UserError(
          `${file}: storage ${shown(key)} is a part of another, as old versions of PyTorch wrote them; save it again with a newer one`,
        );
      const size = wholeNumber(count, file);
      const before = storages.get(key);
      if (before !== undefined && (before.type !== known || before.count !== size))
        throw damaged(file, `storage ${shown(key)} is described in two ways`);
      const storage = before ?? new TorchStorage(key, known, size);
      storages.set(key, storage);
      return storage;
    },
  };
}

function storageType(name: string): NumberName | undefined {
  const member = name.startsWith('torch.') ? name.slice('torch.'.length) : '';
  return Object.hasOwn(STORAGE_TYPES, member) ? STORAGE_TYPES[member] : undefined;
}

function orderedDict(pairs: PickleValue, file: string): PickleMap {
  const wrong = (): UserError => damaged(file, 'an ordered dictionary in it is made of something else than pairs');
  if (!Array.isArray(pairs)) throw wrong();
  const map: PickleMap = new Map();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw wrong();
    map.set(keyOf(pair[0]!, file), pair[1]!);
  }
  return map;
}

function wholeNumber(value: PickleValue | undefined, file: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw damaged(file, 'a size, stride or offset in it is no whole number');
}

function wholeNumbers(value: PickleValue | undefined, file: string): number[] {
  if (!Array.isArray(value) || value.length > MAX_AXES)
    throw damaged(file, 'a tensor in it has no shape or no strides, or too many axes');
  return value.map((side) => wholeNumber(side, file));
}

/** Whole models, which PyTorch saves with their source code, have ids of their own. */
function refusedId(file: string, id: PickleValue): string {
  const kind = Array.isArray(id) && typeof id[0] === 'string' ? id[0] : String(typeof id);
  return `${file}: refused: it holds a persistent object "${shown(kind)}", expected storages alone. Save the weights alone: torch.save(model.state_dict(), PATH)`;
}
