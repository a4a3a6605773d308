import { UserError } from '@asmil/core';
import { shown } from '../files/shown.js';
import { type ByteReader, damaged } from './bytes.js';
import type { TorchStorage, TorchTensor } from './tensor.js';

export type PickleKey = string | number | bigint | boolean | null;
/** What a pickle may hold: plain data and tensors. Tuples and lists are arrays, dictionaries of either kind maps. */
export type PickleValue = PickleKey | Uint8Array | TorchTensor | TorchStorage | AllowedName | PickleValue[] | PickleMap;
export type PickleMap = Map<PickleKey, PickleValue>;

/** A name of Python's that was allowed: stands where a pickle would have the class or function itself. */
export class AllowedName {
  constructor(readonly name: string) {}
}

/** What gives the names in a pickle their meaning. Both throw for what they do not know. */
export interface Vocabulary {
  /** Whether `module.name` may be named. */
  allows(name: string): boolean;
  /** The value of a call of an allowed name. */
  call(name: string, args: readonly PickleValue[]): PickleValue;
  /** The object behind a persistent id. */
  persistent(id: PickleValue): PickleValue;
}

const HINT =
  'which plain weights do not need; nothing was run. Save the weights alone: torch.save(model.state_dict(), PATH)';

/** A state dictionary takes some twenty operations a tensor. */
const MAX_OPERATIONS = 4_000_000;
const MAX_NESTING = 1000;
/** Lists and dictionaries take a byte in a file and a hundred in memory; those of tensors stand further apart than this. */
const BYTES_A_CONTAINER = 4;
const SPARE_CONTAINERS = 10_000;
const MAX_LONG_BYTES = 64;

/**
 * Reads one pickle (protocols 2 to 5) as data. Python's code is never run, nor anything looked up by name: of the operations
 * only those that state dictionaries consist of are known, of the names only those that the vocabulary allows. Anything
 * else throws a UserError that says what it was.
 */
export function readPickle(reader: ByteReader, vocabulary: Vocabulary): PickleValue {
  const { file } = reader;
  const memo = new Map<number, PickleValue>();
  const marks: PickleValue[][] = [];
  let stack: PickleValue[] = [];

  const pop = (): PickleValue => {
    const value = stack.pop();
    if (value === undefined) throw damaged(file, `its pickle takes a value that is not there (byte ${reader.at})`);
    return value;
  };
  const top = (): PickleValue => {
    const value = pop();
    stack.push(value);
    return value;
  };
  /** What was pushed since the last mark. */
  const popMark = (): PickleValue[] => {
    const values = stack;
    const below = marks.pop();
    if (below === undefined) throw damaged(file, `its pickle ends a group that was never begun (byte ${reader.at})`);
    stack = below;
    return values;
  };
  const name = (module: string, member: string): AllowedName => {
    const full = `${module}.${member}`;
    if (!vocabulary.allows(full)) {
      throw new UserError(`${file}: refused: the file names ${shown(full)}, ${HINT}`);
    }
    return new AllowedName(full);
  };
  const memorise = (at: number): void => {
    memo.set(at, top());
  };
  const recall = (at: number): void => {
    const value = memo.get(at);
    if (value === undefined) throw damaged(file, `its pickle recalls entry ${at}, which was never stored`);
    stack.push(value);
  };
  const append = (values: PickleValue[]): void => {
    const list = top();
    if (!Array.isArray(list)) throw damaged(file, `its pickle appends to something that is no list`);
    for (const value of values) list.push(value);
  };
  const setItems = (values: PickleValue[]): void => {
    const map = top();
    if (!(map instanceof Map) || values.length % 2 !== 0)
      throw damaged(file, 'its pickle sets an item of something that is no dictionary');
    for (let i = 0; i < values.length; i += 2) map.set(keyOf(values[i]!, file), values[i + 1]!);
  };
  let containers = SPARE_CONTAINERS + Math.floor(reader.bytes.length / BYTES_A_CONTAINER);
  const push = (container: PickleValue): void => {
    if (--containers < 0) throw damaged(file, 'its pickle holds more lists and dictionaries than files of weights do');
    stack.push(container);
  };
  const tuple = (count: number): void => {
    const values = Array.from({ length: count }, pop);
    push(values.reverse());
  };

  for (let operations = 0; operations < MAX_OPERATIONS; operations++) {
    const code = reader.u8();
    switch (code) {
      case 0x80: {
        const protocol = reader.u8(); // PROTO
        if (protocol < 2 || protocol > 5) throw damaged(file, `pickle protocol ${protocol}, expected 2 to 5`);
        break;
      }
      case 0x95: // FRAME: how far the next operations reach, which a reader of whole files need not know
        reader.length64();
        break;
      case 0x2e: {
        const value = pop(); // STOP
        if (stack.length > 0 || marks.length > 0) throw damaged(file, 'its pickle ends with values left over');
        return value;
      }
      case 0x28: // MARK
        if (marks.length >= MAX_NESTING) throw damaged(file, `its pickle is nested more than ${MAX_NESTING} deep`);
        marks.push(stack);
        stack = [];
        break;
      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(code === 0x88);
        break;
      case 0x4b: // BININT1
        stack.push(reader.u8());
        break;
      case 0x4d: // BININT2
        stack.push(reader.u16());
        break;
      case 0x4a: // BININT
        stack.push(reader.i32());
        break;
      case 0x8a: // LONG1
        stack.push(integer(reader, reader.u8()));
        break;
      case 0x8b: // LONG4
        stack.push(integer(reader, reader.u32()));
        break;
      case 0x47: // BINFLOAT
        stack.push(reader.f64());
        break;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(reader.text(reader.u8()));
        break;
      case 0x58: // BINUNICODE
        stack.push(reader.text(reader.u32()));
        break;
      case 0x8d: // BINUNICODE8
        stack.push(reader.text(reader.length64()));
        break;
      case 0x43: // SHORT_BINBYTES
        stack.push(reader.take(reader.u8()));
        break;
      case 0x42: // BINBYTES
        stack.push(reader.take(reader.u32()));
        break;
      case 0x7d: // EMPTY_DICT
        push(new Map());
        break;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        push([]);
        break;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        tuple(code - 0x84);
        break;
      case 0x74: {
        const values = popMark(); // TUPLE
        push(values);
        break;
      }
      case 0x61: // APPEND
        append([pop()]);
        break;
      case 0x65: // APPENDS
        append(popMark());
        break;
      case 0x73: {
        const value = pop(); // SETITEM
        setItems([pop(), value]);
        break;
      }
      case 0x75: // SETITEMS
        setItems(popMark());
        break;
      case 0x71: // BINPUT
        memorise(reader.u8());
        break;
      case 0x72: // LONG_BINPUT
        memorise(reader.u32());
        break;
      case 0x94: // MEMOIZE
        memorise(memo.size);
        break;
      case 0x68: // BINGET
        recall(reader.u8());
        break;
      case 0x6a: // LONG_BINGET
        recall(reader.u32());
        break;
      case 0x63: // GLOBAL
        stack.push(name(reader.line(), reader.line()));
        break;
      case 0x93: {
        const member = pop(); // STACK_GLOBAL
        const module = pop();
        if (typeof module !== 'string' || typeof member !== 'string') throw damaged(file, 'a name in it is no text');
        stack.push(name(module, member));
        break;
      }
      case 0x51: // BINPERSID
        stack.push(vocabulary.persistent(pop()));
        break;
      case 0x52: {
        const args = pop(); // REDUCE
        const callee = pop();
        if (!(callee instanceof AllowedName) || !Array.isArray(args))
          throw damaged(file, 'its pickle calls something that is no function');
        stack.push(vocabulary.call(callee.name, args));
        break;
      }
      case 0x62: // BUILD: attributes of a dictionary (`_metadata` of a state dictionary), which are no weights
        pop();
        if (!(top() instanceof Map))
          throw damaged(file, 'its pickle gives attributes to something else than a dictionary');
        break;
      default:
        throw new UserError(
          `${file}: refused: pickle operation 0x${code.toString(16).padStart(2, '0')} at byte ${reader.at - 1}, ${HINT}`,
        );
    }
  }
  throw new UserError(`${file}: its pickle has more than ${MAX_OPERATIONS} operations, too many for a file of weights`);
}

/** A value for an error's line. What holds other values may hold itself, or unfold without end: its kind alone is told. */
export const textOf = (value: PickleValue): string =>
  typeof value === 'object' && value !== null ? `of type ${value.constructor.name}` : shown(String(value));

export function keyOf(value: PickleValue, file: string): PickleKey {
  if (typeof value === 'object' && value !== null)
    throw damaged(file, 'a dictionary in it has a key that is no text or number');
  return value;
}

/** Two's complement, little-endian: a number where it is exact, else a bigint. */
function integer(reader: ByteReader, length: number): number | bigint {
  if (length > MAX_LONG_BYTES) throw damaged(reader.file, `an integer of ${length} bytes`);
  const bytes = reader.take(length);
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  value = BigInt.asIntN(8 * length, value);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
