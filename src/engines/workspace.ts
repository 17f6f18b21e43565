/**
 * One folder a shop (lake, log, state, models, reports). Writers hold the folder's lock; what a run makes is written
 * to a staging folder and moved into place at the end, so a run that fails leaves the workspace as it was, and one
 * that is cut off while moving is finished at the next opening.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
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
  close(): void;
}

const LOCK = '.lock';
const STAGE = '.staging';
const JOURNAL = 'commit.json';

/**
 * Opens the workspace `dir` for writing; makes it when missing.
 *
 * @throws WORKSPACE_BUSY when a living process holds it, WORKSPACE_UNUSABLE when it cannot be made or written to
 */
export function openWorkspace(dir: string): Workspace {
  const root = resolve(dir);
  const isNew = !existsSync(root);
  try {
    mkdirSync(root, { recursive: true });
    lock(root);
  } catch (error) {
    throw unusable(root, error);
  }
  finishCommit(root);
  let open = true;
  const release = (): void => {
    if (!open) return;
    open = false;
    if (!existsSync(join(root, STAGE, JOURNAL))) rmSync(join(root, STAGE), { recursive: true, force: true });
    rmSync(join(root, LOCK), { force: true });
  };
  process.once('exit', release);
  return {
    dir: root,
    path: (...parts) => join(root, ...parts),
    has: (...parts) => existsSync(join(root, ...parts)),
    stage: () => makeStage(root),
    close: () => {
      release();
      process.removeListener('exit', release);
      if (isNew && readdirSync(root).length === 0) rmSync(root, { recursive: true });
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
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  EISDIR: 'its lock is a folder',
};

function unusable(dir: string, error: unknown): unknown {
  const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
  return reason === undefined ? error : known('WORKSPACE_UNUSABLE', { dir, reason }, error);
}

function lock(root: string): void {
  const file = join(root, LOCK);
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid === process.pid || isAlive(pid)) throw known('WORKSPACE_BUSY', { dir: root, pid });
    rmSync(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
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
