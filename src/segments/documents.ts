/** Documents in a folder: whole or not there, also when the machine stops while one is written. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { known } from '#errors.ts';

/** Replaces `file` by `document` in one step. */
export function writeDocument(file: string, document: unknown): void {
  const draft = draftOf(file, document);
  try {
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Makes `file`; false when there is one already. Of several who try at once, one makes it. */
export function claimDocument(file: string, document: unknown): boolean {
  const draft = draftOf(file, document);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

let drafts = 0;

function draftOf(file: string, document: unknown): string {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.${drafts++}.draft`;
  const handle = openSync(draft, 'w');
  try {
    writeFileSync(handle, JSON.stringify(document, null, 2));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return draft;
}

/**
 * The document in `file`, or undefined where there is none.
 *
 * @throws WORKSPACE_BROKEN when it is not JSON
 */
export function readDocument(file: string): unknown {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw known('WORKSPACE_BROKEN', { file, reason: 'not JSON' }, cause);
  }
}
