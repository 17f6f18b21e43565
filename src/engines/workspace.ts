/**
 * One folder a shop (lake, log, state, models, reports). Writers hold the folder's lock; what a run makes is written
 * to a staging folder and moved into place at the end, so a run that fails leaves the workspace as it was, and one
 * that is cut off while moving is finished at the next opening.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { known } from '#errors.ts';

export interface Stage {
  /** Absolute path inside the staging folder; folders on the way are made. */
  path(...parts: string[]): string;
  /** Moves every top folder that was staged into the workspace, replacing the one there. */
  commit(): void;
  /** Throws the staged files away. */
  discard(): void;
}

export interface Workspace {
  readonly dir: string;
  path(...parts: string[]): string;
  has(...parts: string[]): boolean;
  stage(): Stage;
  /** A folder for files that are needed while the workspace is held; what a killed process left there is gone. */
  scratch(): string;
  close(): void;
}

const LOCK = '.lock';
const STAGE = '.staging';
const SCRATCH = '.scratch';
const JOURNAL = 'commit.json';

/**
 * Opens the workspace `dir` for writing; makes it when missing.
 *
 * @throws WORKSPACE_BUSY when a living process holds it, WORKSPACE_UNUSABLE when it cannot be made or written to
 */
export function openWorkspace(dir: string): Workspace {
  const root = resolve(dir);
  const made: string[] = [];
  const sweep = (): void => {
    for (const folder of made.reverse()) if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  };
  try {
    makeFolder(root, made);
    lock(root);
  } catch (error) {
    sweep();
    throw unusable(root, error);
  }
  try {
    finishCommit(root);
    rmSync(join(root, SCRATCH), { recursive: true, force: true });
  } catch (error) {
    rmSync(join(root, LOCK), { force: true });
    throw unusable(root, error);
  }
  let open = true;
  const release = (): void => {
    if (!open) return;
    open = false;
    if (!existsSync(join(root, STAGE, JOURNAL))) rmSync(join(root, STAGE), { recursive: true, force: true });
    rmSync(join(root, SCRATCH), { recursive: true, force: true });
    rmSync(join(root, LOCK), { force: true });
    sweep();
  };
  process.once('exit', release);
  return {
    dir: root,
    path: (...parts) => join(root, ...parts),
    has: (...parts) => existsSync(join(root, ...parts)),
    stage: () => makeStage(root),
    scratch: () => {
      mkdirSync(join(root, SCRATCH), { recursive: true });
      return join(root, SCRATCH);
    },
    close: () => {
      release();
      process.removeListener('exit', release);
    },
  };
}

/** A workspace to read only: no lock, no change. */
export function readWorkspace(dir: string): Pick<Workspace, 'dir' | 'path' | 'has'> {
  const root = resolve(dir);
  return { dir: root, path: (...parts) => join(root, ...parts), has: (...parts) => existsSync(join(root, ...parts)) };
}

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of its path is a file',
  ENOENT: 'its file system takes no new folders',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  EISDIR: 'its lock is a folder',
};

/** Folder by folder, each told to `made`: made in one call, Node 26 never returns under /proc. */
function makeFolder(dir: string, made: string[]): void {
  if (existsSync(dir) && statSync(dir).isDirectory()) return;
  const above = dirname(dir);
  if (above !== dir) makeFolder(above, made);
  mkdirSync(dir);
  made.push(dir);
}

function unusable(dir: string, error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return known('DISK_FULL', { path: dir }, error);
  const reason = REASONS[code];
  return reason === undefined ? error : known('WORKSPACE_UNUSABLE', { dir, reason }, error);
}

/** The process that holds the workspace for writing; undefined when none does, or the one that did is gone. */
export function holderOf(dir: string): number | undefined {
  const file = join(resolve(dir), LOCK);
  const said = existsSync(file) && statSync(file).isFile() ? textOf(file) : undefined;
  return said === undefined ? undefined : livingHolder(said);
}

/** A lock says who holds it before it is there, so that no one reads one that is still empty. */
function lock(root: string): void {
  const file = join(root, LOCK);
  const own = `${file}-${process.pid}`;
  const mine = `${process.pid} ${birthOf(process.pid)}`;
  try {
    writeFileSync(own, mine);
    for (;;) {
      if (placed(own, file, mine)) return;
      const said = textOf(file);
      if (said === undefined) continue;
      const pid = livingHolder(said);
      if (pid !== undefined) throw known('WORKSPACE_BUSY', { dir: root, pid });
      takeAway(file, said);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Puts the lock there in one step; false when there is one. File systems without links get it by a plain write. */
function placed(own: string, file: string, mine: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
  }
  try {
    writeFileSync(file, mine, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Takes a dead lock away; one that another process has put there meanwhile is put back. */
function takeAway(file: string, said: string): void {
  const aside = `${file}-${process.pid}-dead`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readFileSync(aside, 'utf8') !== said && !existsSync(file)) renameSync(aside, file);
  rmSync(aside, { force: true });
}

/** Who wrote a lock, if that process still lives and is not another one under the same number. */
function livingHolder(said: string): number | undefined {
  const [digits = '', birth = ''] = said.split(' ');
  const pid = Number(digits);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  const now = birthOf(pid);
  return birth === now || birth === '' || now === '' ? pid : undefined;
}

/** When a process began, in the system's own count; empty where the system does not tell (only Linux does). */
function birthOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function makeStage(root: string): Stage {
  const stage = join(root, STAGE);
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage);
  return {
    path: (...parts) => {
      const path = join(stage, ...parts);
      mkdirSync(join(path, '..'), { recursive: true });
      return path;
    },
    commit: () => {
      const parts = readdirSync(stage);
      const draft = join(stage, `${JOURNAL}.draft`);
      const journal = openSync(draft, 'w');
      writeFileSync(journal, JSON.stringify(parts));
      fsyncSync(journal);
      closeSync(journal);
      renameSync(draft, join(stage, JOURNAL));
      finishCommit(root);
    },
    discard: () => rmSync(stage, { recursive: true, force: true }),
  };
}

function finishCommit(root: string): void {
  const stage = join(root, STAGE);
  const journal = join(stage, JOURNAL);
  if (existsSync(journal)) {
    for (const part of JSON.parse(readFileSync(journal, 'utf8')) as string[]) {
      if (!existsSync(join(stage, part))) continue;
      const old = join(stage, `old-${part}`);
      if (existsSync(join(root, part)) && !existsSync(old)) renameSync(join(root, part), old);
      renameSync(join(stage, part), join(root, part));
    }
  }
  rmSync(stage, { recursive: true, force: true });
}
