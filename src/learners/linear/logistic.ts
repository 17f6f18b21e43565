/** Multinomial logistic regression with an L2 penalty: a linear model of the log-odds of each class. */
import { known } from '#errors.ts';
import { solveLower, solveUpper, timesUpper } from '#kernels/linear.ts';
import { lbfgs } from '#kernels/optimise.ts';
import { numberColumn, type Table, textAt } from '#table/index.ts';
import { designOf, type Input, matrixOf } from '../design.ts';
import type { Aim, Fitted, Supervised } from '../learner.ts';
import { curvature, penalisedLoss, softmaxLoss } from './softmax-loss.ts';

export interface LogisticParams extends Aim {
  /** Weight on half the squared coefficients (intercepts are free), beside the summed loss of all rows. */
  readonly l2: number;
  /** sign(x) log(1 + |x|) before standardising. */
  readonly signedLog: boolean;
  readonly standardise: boolean;
  /** 'balanced' weighs each class by rows / (classes x rows of the class). */
  readonly classWeights: 'none' | 'balanced' | Readonly<Record<string, number>>;
  /** Ends when the gradient is below this share of the rows' weight. */
  readonly tolerance: number;
  readonly iterationsMax: number;
}

export interface LogisticModel extends Fitted {
  readonly kind: 'logistic';
  readonly signedLog: boolean;
  readonly inputs: readonly Input[];
  /** [inputs][classes], on the standardised scale. */
  readonly coefficients: readonly (readonly number[])[];
  /** [classes] */
  readonly intercepts: readonly number[];
  readonly l2: number;
  readonly rows: number;
  readonly loss: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export const logistic: Supervised<LogisticParams, LogisticModel> = {
  name: 'logistic',
  tasks: ['classify'],
  source: 'Bishop (2006), Pattern Recognition and Machine Learning, 4.3.4; Liu and Nocedal (1989)',
  defaults: {
    task: 'classify',
    label: 'label',
    l2: 1,
    signedLog: false,
    standardise: true,
    classWeights: 'none',
    tolerance: 1e-6,
    iterationsMax: 500,
  },
  fit: (data, params) => fitLogistic(data, params),
  predict: (model, data) => chancesOf(model, data),
};

/**
 * Fits the model.
 *
 * @param start a model of the same features and classes to start from; the answer does not depend on it beyond the tolerance
 * @throws LABEL_MISSING, LABEL_ONE_CLASS
 */
export function fitLogistic(data: Table, params: LogisticParams, start?: LogisticModel): LogisticModel {
  const { classes, codes } = labelsOf(data, params.label);
  const features =
    params.features ??
    Object.entries(data.columns)
      .filter(([name, column]) => column.kind === 'number' && name !== params.label && name !== params.weight)
      .map(([name]) => name);
  const inputs = designOf(data, { features, signedLog: params.signedLog, standardise: params.standardise });
  const matrix = matrixOf(data, inputs, params.signedLog);
  const weights = rowWeights(data, params, codes, classes);
  let weightSum = 0;
  for (const weight of weights) weightSum += weight;

  const size = (inputs.length + 1) * classes.length;
  const objective = penalisedLoss(matrix, codes, weights, {
    width: inputs.length,
    classCount: classes.length,
    l2: params.l2 / weightSum,
  });
  const factor = curvature(matrix, weights, inputs.length, params.l2 / weightSum);
  const from = startingPoint(start, inputs, classes) ?? new Float64Array(size);
  const found = lbfgs(
    (at, gradient) => {
      const value = objective(solveUpper(factor, at, classes.length), gradient);
      gradient.set(solveLower(factor, gradient, classes.length));
      return value;
    },
    timesUpper(factor, from, classes.length),
    { tolerance: params.tolerance, iterationsMax: params.iterationsMax },
  );
  const at = solveUpper(factor, found.at, classes.length);
  const row = (j: number) => Array.from(at.subarray(j * classes.length, (j + 1) * classes.length));
  return {
    kind: 'logistic',
    task: params.task,
    classes,
    features: [...new Set(inputs.map(({ feature }) => feature))],
    signedLog: params.signedLog,
    inputs,
    coefficients: inputs.map((_, j) => row(j)),
    intercepts: row(inputs.length),
    l2: params.l2,
    rows: data.length,
    loss: found.value,
    iterations: found.iterations,
    converged: found.converged,
  };
}

function chancesOf(model: LogisticModel, data: Table): Float64Array {
  const classCount = model.classes.length;
  const width = model.inputs.length;
  const matrix = matrixOf(data, model.inputs, model.signedLog);
  const out = new Float64Array(data.length * classCount);
  for (let i = 0; i < data.length; i++) {
    const logits = out.subarray(i * classCount, (i + 1) * classCount);
    logits.set(model.intercepts);
    for (let j = 0; j < width; j++) {
      const x = matrix[i * width + j]!;
      const row = model.coefficients[j]!;
      for (let k = 0; k < classCount; k++) logits[k]! += x * row[k]!;
    }
    softmaxLoss(logits, 0);
  }
  return out;
}

/**
 * How far each input moves the log-odds of a row's class away from the mean over classes: standardised value times
 * (coefficient of the class - mean coefficient). With the intercept's share they add up to the class's centred logit.
 *
 * @param classOf the class to explain, one a row
 * @returns [rows x inputs], row-major
 */
export function contributions(model: LogisticModel, data: Table, classOf: ArrayLike<number>): Float64Array {
  const width = model.inputs.length;
  const out = matrixOf(data, model.inputs, model.signedLog);
  const means = model.coefficients.map((row) => row.reduce((sum, c) => sum + c, 0) / row.length);
  for (let i = 0; i < data.length; i++)
    for (let j = 0; j < width; j++) out[i * width + j]! *= model.coefficients[j]![classOf[i]!]! - means[j]!;
  return out;
}

function labelsOf(data: Table, label: string): { classes: string[]; codes: Int32Array } {
  const column = data.columns[label];
  if (column === undefined) throw known('LABEL_MISSING', { label, have: Object.keys(data.columns) });
  const names = Array.from({ length: data.length }, (_, i) =>
    column.kind === 'text' ? textAt(column, i) : column.valid?.[i] === 0 ? null : String(column.values[i]),
  );
  const row = names.indexOf(null);
  if (row >= 0) throw known('LABEL_MISSING', { label: `${label} in row ${row + 1}`, have: Object.keys(data.columns) });
  const found = [...new Set(names as string[])];
  const classes = column.kind === 'text' ? found.sort() : found.sort((a, b) => Number(a) - Number(b));
  if (classes.length < 2) throw known('LABEL_ONE_CLASS', { label, classes });
  const index = new Map(classes.map((name, k) => [name, k]));
  return { classes, codes: Int32Array.from(names, (name) => index.get(name!)!) };
}

function rowWeights(data: Table, params: LogisticParams, codes: Int32Array, classes: readonly string[]): Float64Array {
  const out =
    params.weight === undefined
      ? new Float64Array(data.length).fill(1)
      : numberColumn(data, params.weight).values.slice();
  const counts = new Float64Array(classes.length);
  for (const code of codes) counts[code]! += 1;
  if (params.classWeights === 'none') return out;
  const given = params.classWeights;
  const factors = classes.map((name, k) =>
    given === 'balanced' ? codes.length / (classes.length * counts[k]!) : (given[name] ?? 1),
  );
  for (let i = 0; i < out.length; i++) out[i]! *= factors[codes[i]!]!;
  return out;
}

function startingPoint(start: LogisticModel | undefined, inputs: readonly Input[], classes: readonly string[]) {
  if (start === undefined || start.classes.join() !== classes.join()) return undefined;
  const name = (input: Input) => `${input.role} ${input.feature}`;
  const rows = new Map(start.inputs.map((input, j) => [name(input), start.coefficients[j]!]));
  return Float64Array.from([
    ...inputs.flatMap((input) => rows.get(name(input)) ?? classes.map(() => 0)),
    ...start.intercepts,
  ]);
}
