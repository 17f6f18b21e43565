/** A folder for files that nobody needs after the work. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { known } from '#errors.ts';

export interface Scratch {
  readonly dir: string;
  /** Takes the folder away; also done when the process ends before. */
  sweep(): void;
}

/**
 * Makes a new folder `NAME-...`.
 *
 * @param parent where it is made; default: the system's temporary folder
 * @throws SCRATCH_UNUSABLE when it cannot be made there, DISK_FULL
 */
export function scratchFolder(name: string, parent: string = tmpdir()): Scratch {
  let dir: string;
  try {
    dir = mkdtempSync(join(parent, `${name}-`));
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw known('DISK_FULL', { path: parent }, cause);
    throw known('SCRATCH_UNUSABLE', { dir: parent, reason: REASONS[code] ?? message }, cause);
  }
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    dir,
    sweep: () => {
      process.off('exit', remove);
      remove();
    },
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'it is not a folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
};
