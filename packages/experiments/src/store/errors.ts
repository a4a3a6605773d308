import { UserError } from '@asmil/core/errors';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'this user has no right to',
  EPERM: 'this user has no right to',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'a file stands in its place',
  EMFILE: 'too many files are open',
  EIO: 'the disk reports an error',
};

/** Turns a failed file operation into one line that names the path; other errors are returned as they are. */
export function writeError(error: unknown, path: string, option: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined || !/^E[A-Z]+$/.test(code)) return error;
  return new UserError(`cannot write to ${path}: ${REASONS[code] ?? code}; make room or choose another with ${option}`);
}

/** Codes under which a stored run is damaged rather than out of reach; ESTALE: replaced on another host while it was read. */
const DAMAGED = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ESTALE'];

/** One line if a file could not be read for a reason that says nothing about its content (rights, too many files). */
export function readError(error: unknown, path: string): UserError | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined || !/^E[A-Z]+$/.test(code) || DAMAGED.includes(code)) return undefined;
  return new UserError(
    `cannot read ${path}: ${REASONS[code] ?? code}; mend it or choose another store with --store DIR`,
  );
}
