/**
 * Logistic regression with L1 and L2 penalties: a linear model of the log-odds of each class (classify), or of being at
 * most in each of the ordered classes (ordinal).
 */
import { known } from '#errors.ts';
import type { Minimum } from '#kernels/optimise.ts';
import type { Table } from '#table/index.ts';
import { type Input, matrixOf, readersOf } from '../design.ts';
import type { Aim, Fitted, Supervised } from '../learner.ts';
import { targetOf } from '../target.ts';
import { cumulativeChances, fitCumulative } from './cumulative.ts';
import { type ClassWeights, classWeighted, type DesignParams, inputsOf, withBlocks } from './prepare.ts';
import { sgdSoftmax } from './sgd.ts';
import { fitSoftmax } from './softmax.ts';

export interface LogisticParams extends Aim, DesignParams {
  /** Weight on the absolute coefficients (intercepts are free), beside the summed loss of all rows; default 0. */
  readonly l1?: number;
  /** Weight on half the squared coefficients (intercepts are free), beside the summed loss of all rows. */
  readonly l2: number;
  readonly classWeights: ClassWeights;
  /** Ends when the gradient of the mean loss is below this. */
  readonly tolerance: number;
  readonly iterationsMax: number;
  /** 'auto' goes to the minimum; 'sgd' takes `iterations` steps along the gradient of `batch` rows each; default 'auto'. */
  readonly optimizer?: 'auto' | 'sgd';
  /** sgd: default 0.01. */
  readonly learningRate?: number;
  /** sgd: default 1000. */
  readonly iterations?: number;
  /** sgd: default 32. */
  readonly batch?: number;
  /** sgd: share of the last step that is taken again; default 0.9, 0 for plain steps. */
  readonly momentum?: number;
}

export interface LogisticModel extends Fitted {
  readonly kind: 'logistic';
  readonly signedLog: boolean;
  readonly inputs: readonly Input[];
  /** [inputs][classes], on the standardised scale; of an ordinal model [inputs][1]. */
  readonly coefficients: readonly (readonly number[])[];
  /** [classes]; none of an ordinal model. */
  readonly intercepts: readonly number[];
  /** ordinal: [classes - 1] rising; the log-odds of being at most in class k are cuts[k] minus the linear score. */
  readonly cuts?: readonly number[];
  /** Absent: 0. */
  readonly l1?: number;
  readonly l2: number;
  readonly rows: number;
  /** Mean loss of the rows with the penalties. */
  readonly loss: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export const logistic: Supervised<LogisticParams, LogisticModel> = {
  name: 'logistic',
  tasks: ['classify', 'ordinal'],
  source:
    'Bishop (2006), Pattern Recognition and Machine Learning, 4.3; McCullagh (1980); Lee, Sun and Saunders (2014)',
  defaults: {
    task: 'classify',
    label: 'label',
    l1: 0,
    l2: 1,
    signedLog: false,
    standardise: true,
    classWeights: 'none',
    tolerance: 1e-6,
    iterationsMax: 500,
    optimizer: 'auto',
    learningRate: 0.01,
    iterations: 1000,
    batch: 32,
    momentum: 0.9,
  },
  optional: { categoriesMax: 50 },
  fit: (data, params, seed) => fitLogistic(data, params, undefined, seed),
  predict: (model, data) => chancesOf(model, data),
};

/**
 * Fits the model.
 *
 * @param start a model of the same features and classes to start from; the answer does not depend on it beyond the tolerance
 * @param seed of the order of rows of `sgd`
 * @throws LABEL_MISSING, LABEL_ONE_CLASS, FEATURE_MISSING, WEIGHT_WRONG, TABLE_EMPTY, LEARNER_PARAMS
 */
export function fitLogistic(data: Table, params: LogisticParams, start?: LogisticModel, seed = 0): LogisticModel {
  checked(params);
  if (params.optimizer === 'sgd') return fitBySgd(data, params, seed);
  return withBlocks(data, params, ({ target, inputs, blocks }) => {
    const { classes, label } = target;
    const weights = classWeighted(target, params.classWeights);
    const { l1 = 0, l2, tolerance, iterationsMax } = params;
    const from = startingPoint(start, inputs, classes);
    const options = { classCount: classes.length, l1, l2, tolerance, iterationsMax, ...(from && { start: from }) };
    const fit = params.task === 'ordinal' ? fitCumulative : fitSoftmax;
    return modelOf(data, params, classes, inputs, fit(blocks, label, weights, options));
  });
}

function fitBySgd(data: Table, params: LogisticParams, seed: number): LogisticModel {
  const target = targetOf(data, params);
  const inputs = inputsOf(data, target, params);
  const matrix = matrixOf(data, inputs, params.signedLog);
  const weights = classWeighted(target, params.classWeights);
  const { learningRate = 0.01, iterations = 1000, batch = 32, momentum = 0.9, l1 = 0, l2 } = params;
  const steps = { learningRate, iterations, batch, momentum, l1, l2, classCount: target.classes.length };
  const found = sgdSoftmax(data, { ...target, weights }, matrix, steps, seed);
  return modelOf(data, params, target.classes, inputs, found);
}

/** @param found variables [classes x (inputs + 1)], or [inputs + classes - 1] of an ordinal model */
function modelOf(
  data: Table,
  params: LogisticParams,
  classes: readonly string[],
  inputs: readonly Input[],
  { at, value, iterations, converged }: Minimum,
): LogisticModel {
  const stride = inputs.length + 1;
  const ordinal = params.task === 'ordinal';
  const ofInput = (j: number) => (ordinal ? [at[j]!] : classes.map((_, k) => at[k * stride + j]!));
  return {
    kind: 'logistic',
    task: params.task,
    classes,
    features: [...new Set(inputs.map(({ feature }) => feature))],
    signedLog: params.signedLog,
    inputs,
    coefficients: inputs.map((_, j) => ofInput(j)),
    intercepts: ordinal ? [] : ofInput(inputs.length),
    ...(ordinal ? { cuts: Array.from(at.subarray(inputs.length)) } : {}),
    l1: params.l1 ?? 0,
    l2: params.l2,
    rows: data.length,
    loss: value,
    iterations,
    converged,
  };
}

const CHUNK_ROWS = 1024;

/** Linear scores [rows x outputs] in chunks; `use` gets those of rows from `from` on. */
export function scoresOf(
  model: Pick<LogisticModel, 'inputs' | 'signedLog' | 'coefficients' | 'intercepts'>,
  data: Table,
  outputs: number,
  use: (scores: Float64Array, from: number, count: number) => void,
): void {
  const readers = readersOf(data, model.inputs, model.signedLog);
  const column = new Float64Array(CHUNK_ROWS);
  const scores = new Float64Array(CHUNK_ROWS * outputs);
  for (let from = 0; from < data.length; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, data.length - from);
    for (let i = 0; i < count; i++)
      for (let k = 0; k < outputs; k++) scores[i * outputs + k] = model.intercepts[k] ?? 0;
    for (const [j, read] of readers.entries()) {
      read(from, from + count, column, 0, 1);
      const row = model.coefficients[j]!;
      for (let k = 0; k < outputs; k++) {
        const coefficient = row[k]!;
        if (coefficient === 0) continue;
        for (let i = 0; i < count; i++) scores[i * outputs + k]! += column[i]! * coefficient;
      }
    }
    use(scores, from, count);
  }
}

function chancesOf(model: LogisticModel, data: Table): Float64Array {
  const classCount = model.classes.length;
  const out = new Float64Array(data.length * classCount);
  const { cuts } = model;
  if (cuts !== undefined)
    scoresOf(model, data, 1, (scores, from, count) => {
      for (let i = 0; i < count; i++) cumulativeChances(limited(scores[i]!), cuts, out, (from + i) * classCount);
    });
  else
    scoresOf(model, data, classCount, (scores, from, count) => {
      out.set(scores.subarray(0, count * classCount), from * classCount);
      for (let i = from; i < from + count; i++) softmax(out, i * classCount, classCount);
    });
  return out;
}

/** Scores that run over are held where their chance is 0 or 1. */
const limited = (score: number): number => Math.min(1e300, Math.max(-1e300, score));

/** Turns `size` scores from out[at] on into chances. */
export function softmax(out: Float64Array, at: number, size: number): void {
  let top = Number.NEGATIVE_INFINITY;
  for (let k = at; k < at + size; k++) {
    out[k] = limited(out[k]!);
    if (out[k]! > top) top = out[k]!;
  }
  let sum = 0;
  for (let k = at; k < at + size; k++) {
    out[k] = Math.exp(out[k]! - top);
    sum += out[k]!;
  }
  for (let k = at; k < at + size; k++) out[k]! /= sum;
}

/**
 * How far each input moves the log-odds of a row's class away from the mean over classes: standardised value times
 * (coefficient of the class - mean coefficient). With the intercept's share they add up to the class's centred logit.
 * Of an ordinal model: how far it moves the one score.
 *
 * @param classOf the class to explain, one a row
 * @returns [rows x inputs], row-major
 */
export function contributions(model: LogisticModel, data: Table, classOf: ArrayLike<number>): Float64Array {
  const width = model.inputs.length;
  const out = matrixOf(data, model.inputs, model.signedLog);
  const ordinal = model.cuts !== undefined;
  const means = model.coefficients.map((row) => (ordinal ? 0 : row.reduce((sum, c) => sum + c, 0) / row.length));
  for (let i = 0; i < data.length; i++)
    for (let j = 0; j < width; j++)
      out[i * width + j]! *= model.coefficients[j]![ordinal ? 0 : classOf[i]!]! - means[j]!;
  return out;
}

function startingPoint(start: LogisticModel | undefined, inputs: readonly Input[], classes: readonly string[]) {
  if (start === undefined || start.classes.join() !== classes.join()) return undefined;
  const name = (input: Input) => `${input.role} ${input.category ?? ''} ${input.feature}`;
  const rows = new Map(start.inputs.map((input, j) => [name(input), start.coefficients[j]!]));
  const own = inputs.map((input) => rows.get(name(input)));
  if (start.cuts !== undefined) return Float64Array.from([...own.map((row) => row?.[0] ?? 0), ...start.cuts]);
  return Float64Array.from(classes.flatMap((_, k) => [...own.map((row) => row?.[k] ?? 0), start.intercepts[k]!]));
}

/** @throws LEARNER_PARAMS */
function checked(params: LogisticParams): void {
  const wrong = (name: string, value: unknown, expected: string) =>
    known('LEARNER_PARAMS', { learner: 'logistic', name, value: String(value), expected });
  const { l1 = 0, l2, learningRate = 1, iterations = 1, batch = 1, momentum = 0, optimizer = 'auto', task } = params;
  for (const [name, value] of Object.entries({ l1, l2 }))
    if (!(value >= 0 && Number.isFinite(value))) throw wrong(name, value, 'a number of zero or more');
  if (!(learningRate > 0)) throw wrong('learningRate', learningRate, 'a number above zero');
  if (!(momentum >= 0 && momentum < 1)) throw wrong('momentum', momentum, 'a number from 0 to below 1');
  for (const [name, value] of Object.entries({ iterations, batch }))
    if (!(Number.isInteger(value) && value > 0)) throw wrong(name, value, 'a whole number above zero');
  if (optimizer !== 'auto' && optimizer !== 'sgd') throw wrong('optimizer', optimizer, 'auto or sgd');
  if (task !== 'classify' && task !== 'ordinal') throw wrong('task', task, 'classify or ordinal');
  if (task === 'ordinal' && optimizer === 'sgd') throw wrong('optimizer', optimizer, 'auto for the task ordinal');
}
