/** `--model` and `--use`: models on disk. */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { known } from '#errors.ts';
import { type ModelFile, ONNX_LEARNERS, readModel, writeModel, writeOnnx } from '#learners/index.ts';
import { needWritable } from '../write.ts';
import { allLearners } from './all-learners.ts';

export const isOnnx = (file: string): boolean => /\.onnx$/i.test(file);

/**
 * Refuses a file that a model of `learner` cannot be written to; to be asked before long work.
 *
 * @throws USAGE for another ending or a folder that cannot be written to, ONNX_NOT_POSSIBLE
 */
export function needModelFile(file: string, learner: string): void {
  if (!/\.(json|onnx)$/i.test(file))
    throw known('USAGE', { what: `--model is "${file}"`, expected: 'a file ending in .json or .onnx' });
  if (isOnnx(file) && !ONNX_LEARNERS.includes(learner))
    throw known('ONNX_NOT_POSSIBLE', { learner, can: ONNX_LEARNERS });
  needWritable(file, 'model');
}

/** Writes a model in the format of the ending; what was there stays until all is written. */
export async function saveModel(file: string, made: ModelFile): Promise<void> {
  const content = isOnnx(file) ? await writeOnnx(made) : writeModel(made);
  const part = `${file}.part`;
  try {
    writeFileSync(part, content);
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}

/** @throws FILE_UNREADABLE */
export function modelBytes(file: string): Uint8Array {
  if (!existsSync(file)) throw known('FILE_UNREADABLE', { file, reason: 'there is no such file' });
  if (statSync(file).isDirectory()) throw known('FILE_UNREADABLE', { file, reason: 'it is a folder' });
  return readFileSync(file);
}

/**
 * Reads a model that `saveModel` wrote as JSON.
 *
 * @throws FILE_UNREADABLE, MODEL_FILE_WRONG
 */
export const openModel = (file: string): ReturnType<typeof readModel> =>
  readModel(Buffer.from(modelBytes(file)).toString('utf8'), file, allLearners);
