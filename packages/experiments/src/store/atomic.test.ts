import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { placeFile, placeFolder } from './atomic.js';
import { readError } from './errors.js';

/** What happens in place of a rename; undefined: the rename alone. */
let instead: ((from: string, to: string, rename: () => Promise<void>) => Promise<void>) | undefined;
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const rename = (from: string, to: string) => {
    const proper = () => real.rename(from, to);
    return instead ? instead(from, to, proper) : proper();
  };
  return { ...real, rename };
});

let dir: string;
let target: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'asmil-atomic-'));
  target = join(dir, 'run');
});
afterEach(() => {
  instead = undefined;
  rmSync(dir, { recursive: true, force: true });
});
const text = (): string => readFileSync(join(target, 'a'), 'utf8');
/** Another process puts its folder there. */
const other = (): void => {
  mkdirSync(target);
  writeFileSync(join(target, 'a'), 'other');
};
const failure = (code: string) => Object.assign(new Error(code), { code });

describe('placeFolder', () => {
  it('that replaces wins over one that came in between the old and the new', async () => {
    other();
    let times = 0;
    instead = async (_, to, rename) => {
      if (to === target && times++ < 2) other();
      await rename();
    };
    expect(await placeFolder(target, { a: 'new' }, true)).toBe(true);
    expect([text(), times]).toEqual(['new', 3]);
    expect(readdirSync(dir)).toEqual(['run']);
  });

  it('that replaces gives in where another one comes in between every time', async () => {
    instead = async (_, to, rename) => {
      if (to === target) other();
      await rename();
    };
    expect(await placeFolder(target, { a: 'new' }, true)).toBe(false);
    expect([text(), readdirSync(dir)]).toEqual(['other', ['run']]);
  });

  it('that does not replace leaves the first, whatever a look at the folder has shown before', async () => {
    instead = async (_, __, rename) => {
      other();
      await rename();
    };
    expect(await placeFolder(target, { a: 'new' }, false)).toBe(false);
    expect([text(), readdirSync(dir)]).toEqual(['other', ['run']]);
  });

  it('counts a rename as done whose answer was lost and that was sent again', async () => {
    instead = async (_, __, rename) => {
      await rename();
      throw failure('ENOENT');
    };
    expect(await placeFolder(target, { a: 'new' }, false)).toBe(true);
    expect(text()).toBe('new');
  });

  it('passes other failures on, and leaves nothing behind', async () => {
    instead = async () => {
      throw failure('EDQUOT');
    };
    await expect(placeFolder(target, { a: 'new' }, true)).rejects.toThrow('EDQUOT');
    expect(readdirSync(dir)).toEqual([]);
  });
});

it('placeFile replaces a file as a whole, and leaves the old one where it fails', async () => {
  const path = join(dir, 'state.json');
  await placeFile(path, 'one');
  await placeFile(path, 'two');
  instead = async () => {
    throw failure('ENOSPC');
  };
  await expect(placeFile(path, 'three')).rejects.toThrow('ENOSPC');
  expect([readFileSync(path, 'utf8'), readdirSync(dir)]).toEqual(['two', ['state.json']]);
});

it('a file that was replaced on another machine while it was read is read again', () => {
  expect(readError(failure('ESTALE'), dir)).toBeUndefined();
  expect(readError(failure('EACCES'), dir)?.message).toContain('this user has no right to');
});
