/** A model of an ONNX file, bound to the columns of a table. */
import { known } from '#errors.ts';
import type { Table } from '#table/index.ts';
import type { AnyLearner, Fitted, Task } from '../../learner.ts';
import { isEnsemble } from '../../trees/ensemble.ts';
import { predictEnsemble } from '../../trees/predict.ts';
import { ELEMENT } from './proto.ts';
import { importOnnx, type OnnxFile, runnable } from './read.ts';
import { type OnnxSession, openSession, type RuntimeOutput } from './runtime.ts';

export interface OnnxModel {
  readonly model: Fitted;
  /** 'own' where our code predicts, 'runtime' where onnxruntime-node does. */
  readonly by: 'own' | 'runtime';
  /** Why it is not ours. */
  readonly reason?: string;
  /** As `Supervised`: chances [rows x classes] or numbers [rows]. */
  predict(model: Fitted, data: Table): Promise<Float64Array>;
}

/** Features of the ports where the file names them: one column a port. Undefined of a matrix, whose columns have no names. */
export function portFeatures({ ports, card }: OnnxFile): { name: string; kind: string }[] | undefined {
  if (ports.some(({ width }) => width !== 1)) return undefined;
  return ports.map(({ name, element }) => {
    const own = card?.features.find((feature) => feature.name === name);
    return own ?? { name, kind: element === ELEMENT.string ? 'text' : 'number' };
  });
}

/**
 * Binds a file to columns.
 *
 * @param bytes of the file
 * @param features columns in the order of the ports: one a port, or as many as the one matrix takes
 * @param learners those that predict by a model taken over
 * @throws ONNX_FILE_WRONG, ONNX_RUNTIME_MISSING
 */
export async function bindOnnx(
  file: OnnxFile,
  bytes: Uint8Array,
  { features, learners }: { features: readonly string[]; learners: readonly AnyLearner[] },
): Promise<OnnxModel> {
  const { ports, classes } = file;
  const [port] = ports;
  const isMatrix = ports.length === 1 && port!.width !== 1;
  const takes = isMatrix ? (port!.width ?? features.length) : ports.length;
  if (takes !== features.length)
    throw known('ONNX_FILE_WRONG', {
      file: file.file,
      reason: `it takes ${takes} columns, but ${features.length} were given: ${features.slice(0, 20).join(', ')}`,
    });
  const imported = importOnnx(file, features);
  if ('model' in imported) {
    const { model } = imported;
    const learner = learners.find(({ name }) => name === model.kind);
    if (isEnsemble(model)) return { model, by: 'own', predict: async (_model, data) => predictEnsemble(model, data) };
    if (learner !== undefined) return { model, by: 'own', predict: async (own, data) => learner.predict(own, data) };
  }
  const feeds = isMatrix
    ? [{ port: port!, features }]
    : ports.map((own, p) => ({ port: own, features: [features[p]!] }));
  const session = await openSession(await runnable(file, bytes), file.file, feeds);
  const task: Task = file.card?.task ?? (classes.length > 0 ? 'classify' : 'regress');
  return {
    ...{ model: { kind: 'onnx', task, classes, features }, by: 'runtime' },
    reason: 'reason' in imported ? imported.reason : 'no learner here predicts by it',
    predict: (_model, data) => answersOf(session, data, file),
  };
}

/** The output that holds chances of all classes, or the number. */
async function answersOf(session: OnnxSession, data: Table, { classes, file }: OnnxFile): Promise<Float64Array> {
  const outputs = [...(await session.run(data)).entries()].filter(([, { values }]) => values instanceof Float64Array);
  const width = Math.max(1, classes.length);
  const fit = outputs.filter(([, output]) => output.width === width && output.values.length === data.length * width);
  const named = fit.find(([name]) => /chance|prob|score|predict|variable/i.test(name)) ?? fit.at(-1);
  if (named !== undefined) return (named[1] as RuntimeOutput & { values: Float64Array }).values;
  const single = outputs.find(([, output]) => classes.length === 2 && output.width === 1);
  if (single !== undefined) return bothChances(single[1].values as Float64Array);
  const have = outputs.map(([name, output]) => `${name} [rows, ${output.width}]`).join(', ');
  throw known('ONNX_FILE_WRONG', {
    file,
    reason: `none of its outputs holds ${width} numbers a row: ${have || 'none'}`,
  });
}

const bothChances = (second: Float64Array): Float64Array => {
  const out = new Float64Array(2 * second.length);
  for (const [i, chance] of second.entries()) {
    out[2 * i] = 1 - chance;
    out[2 * i + 1] = chance;
  }
  return out;
};
