/** `--model` and `--use`: models on disk. */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { known } from '#errors.ts';
import { learners, type ModelFile, readModel, writeModel } from '#learners/index.ts';
import { needWritable } from '../write.ts';

/**
 * The format that the ending of `file` asks for; to be asked for before long work.
 *
 * @throws USAGE when the ending is none that can be written, or the folder cannot be written to
 */
export function modelFormatOf(file: string, _learner: string): 'json' {
  if (!/\.json$/i.test(file))
    throw known('USAGE', { what: `--model is "${file}"`, expected: 'a file ending in .json' });
  needWritable(file, 'model');
  return 'json';
}

/** Writes a model; what was there stays until all is written. */
export function saveModel(file: string, made: ModelFile): void {
  const part = `${file}.part`;
  try {
    writeFileSync(part, writeModel(made));
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}

/**
 * Reads a model that `saveModel` wrote.
 *
 * @throws FILE_UNREADABLE, MODEL_FILE_WRONG
 */
export function openModel(file: string): ReturnType<typeof readModel> {
  if (!existsSync(file)) throw known('FILE_UNREADABLE', { file, reason: 'there is no such file' });
  if (statSync(file).isDirectory()) throw known('FILE_UNREADABLE', { file, reason: 'it is a folder' });
  return readModel(readFileSync(file, 'utf8'), file, learners);
}
