/** Experiments as documents of a workspace: experiments/ID/experiment.json, written whole or not at all. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { known } from '#errors.ts';
import { type Experiment, ExperimentSchema } from './experiment.ts';

export const EXPERIMENT_ID = /^[a-z0-9][a-z0-9-]{0,63}$/;

const folderOf = (dir: string): string => join(dir, 'experiments');
const fileOf = (dir: string, id: string): string => join(folderOf(dir), id, 'experiment.json');

/**
 * Writes a JSON document so that a reader sees the old or the new one, also after a power loss.
 */
export function writeDocument(file: string, document: unknown): void {
  mkdirSync(join(file, '..'), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  const handle = openSync(draft, 'w');
  try {
    writeFileSync(handle, `${JSON.stringify(document, null, 2)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
  const folder = openSync(join(file, '..'), 'r');
  try {
    fsyncSync(folder);
  } catch (error) {
    // Windows opens no folder for this; the rename is all that there is
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  } finally {
    closeSync(folder);
  }
}

/** @throws FILE_BROKEN for a document that is not one */
export function readDocument(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw known('FILE_BROKEN', { file, format: 'JSON', reason: (cause as Error).message }, cause);
  }
}

/** @throws EXPERIMENT_UNKNOWN, FILE_BROKEN */
export function readExperimentDocument(dir: string, id: string): Experiment {
  const file = fileOf(dir, id);
  if (!EXPERIMENT_ID.test(id) || !existsSync(file)) throw known('EXPERIMENT_UNKNOWN', { id: id.slice(0, 100) });
  const read = ExperimentSchema.safeParse(readDocument(file));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw known('FILE_BROKEN', { file, format: 'an experiment', reason: `${issue?.path.join('.')}: ${issue?.message}` });
}

/** All experiments, newest first. */
export function listExperiments(dir: string): Experiment[] {
  const root = folderOf(dir);
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && EXPERIMENT_ID.test(entry.name) && existsSync(fileOf(dir, entry.name)))
    .map(({ name }) => readExperimentDocument(dir, name))
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
}

export const writeExperimentDocument = (dir: string, experiment: Experiment): void =>
  writeDocument(fileOf(dir, experiment.id), experiment);
