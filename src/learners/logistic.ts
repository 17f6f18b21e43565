/** Multinomial logistic regression with an L2 penalty: a linear model of the log-odds of each class. */
import { known } from '#errors.ts';
import { cholesky } from '#kernels/linear.ts';
import { lbfgs } from '#kernels/optimise.ts';
import { numberColumn, type Table, textAt } from '#table/index.ts';
import { designOf, type Input, matrixOf } from './design.ts';
import type { Classifier } from './learner.ts';

export interface LogisticParams {
  /** Column with the class: text, or whole numbers. */
  readonly label: string;
  /** Columns to learn from; default: all number columns but the label and the weight. */
  readonly features?: readonly string[];
  /** Weight on half the squared coefficients (intercepts are free), beside the summed loss of all rows. */
  readonly l2: number;
  /** sign(x) log(1 + |x|) before standardising. */
  readonly signedLog: boolean;
  readonly standardise: boolean;
  /** 'balanced' weighs each class by rows / (classes x rows of the class). */
  readonly classWeights: 'none' | 'balanced' | Readonly<Record<string, number>>;
  /** Column with a weight a row, >= 0. */
  readonly weight?: string;
  /** Ends when the gradient is below this share of the rows' weight. */
  readonly tolerance: number;
  readonly iterationsMax: number;
}

export interface LogisticModel {
  readonly kind: 'logistic';
  readonly classes: readonly string[];
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

export const logistic: Classifier<LogisticParams, LogisticModel> = {
  name: 'logistic',
  task: 'classify',
  source: 'Bishop (2006), Pattern Recognition and Machine Learning, 4.3.4; Liu and Nocedal (1989)',
  defaults: {
    label: 'label',
    l2: 1,
    signedLog: false,
    standardise: true,
    classWeights: 'none',
    tolerance: 1e-6,
    iterationsMax: 500,
  },
  fit: (data, params) => fitLogistic(data, params),
  predict: (model, data) => likeliest(chancesOf(model, data), model.classes.length),
  classes: (model) => model.classes,
  chances: (model, data) => chancesOf(model, data),
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
  const objective = penalisedLoss(matrix, codes, weights, { width: inputs.length, classCount: classes.length, l2: params.l2 / weightSum });
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
    classes,
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

const CURVATURE_ROWS = 2000;

/**
 * Cholesky factor [inputs + 1]^2 of half the inputs' second moments plus the penalty: a bound on the curvature of the
 * loss. The search runs in coordinates where this is the identity, so that features that tell the same do not slow it.
 * Some thousand rows are enough: it steers the search, not where it ends.
 *
 * @see Boehning (1992), Annals of the Institute of Statistical Mathematics 44(1)
 */
function curvature(matrix: Float64Array, weights: Float64Array, width: number, l2: number): Float64Array {
  const size = width + 1;
  const moments = new Float64Array(size * size);
  const step = Math.ceil(weights.length / CURVATURE_ROWS);
  let weightSum = 0;
  for (let i = 0; i < weights.length; i += step) weightSum += weights[i]!;
  for (let i = 0; i < weights.length; i += step) {
    const weight = weights[i]! / (2 * (weightSum || 1));
    const from = i * width;
    for (let j = 0; j < width; j++) {
      const x = matrix[from + j]! * weight;
      const base = j * size;
      for (let k = 0; k <= j; k++) moments[base + k]! += x * matrix[from + k]!;
      moments[width * size + j]! += x;
    }
  }
  moments[width * size + width] = 0.5;
  for (let j = 0; j < size; j++) moments[j * size + j]! += j < width ? l2 + 1e-9 : 1e-9;
  const factor = cholesky(moments, size);
  if (factor === null) throw new Error('moments of standardised inputs are not positive definite');
  return factor;
}

/** Solves L' x = right for each of `width` columns of `right` [size x width]. */
function solveUpper(factor: Float64Array, right: Float64Array, width: number): Float64Array {
  const size = right.length / width;
  const out = right.slice();
  for (let i = size - 1; i >= 0; i--)
    for (let k = 0; k < width; k++) {
      const x = out[i * width + k]! / factor[i * size + i]!;
      out[i * width + k] = x;
      for (let j = 0; j < i; j++) out[j * width + k]! -= factor[i * size + j]! * x;
    }
  return out;
}

/** Solves L x = right for each of `width` columns of `right` [size x width]. */
function solveLower(factor: Float64Array, right: Float64Array, width: number): Float64Array {
  const size = right.length / width;
  const out = right.slice();
  for (let i = 0; i < size; i++)
    for (let k = 0; k < width; k++) {
      let sum = out[i * width + k]!;
      for (let j = 0; j < i; j++) sum -= factor[i * size + j]! * out[j * width + k]!;
      out[i * width + k] = sum / factor[i * size + i]!;
    }
  return out;
}

/** L' x for each of `width` columns of `x` [size x width]. */
function timesUpper(factor: Float64Array, x: Float64Array, width: number): Float64Array {
  const size = x.length / width;
  const out = new Float64Array(x.length);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) for (let k = 0; k < width; k++) out[j * width + k]! += factor[i * size + j]! * x[i * width + k]!;
  return out;
}

const BLOCK = 4;

/** Mean penalised loss and its gradient over coefficients [(inputs + 1) x classes], the intercepts last. */
function penalisedLoss(
  matrix: Float64Array,
  codes: Int32Array,
  weights: Float64Array,
  { width, classCount, l2 }: { width: number; classCount: number; l2: number },
) {
  const rows = codes.length;
  const logits = new Float64Array(classCount);
  const misses = new Float64Array(classCount * BLOCK);
  const stride = width + 1;
  // Class by class, so that the inner loops run over neighbours in memory.
  const byClass = new Float64Array(stride * classCount);
  const slopes = new Float64Array(stride * classCount);
  let weightSum = 0;
  for (const weight of weights) weightSum += weight;
  return (at: Float64Array, gradient: Float64Array): number => {
    for (let j = 0; j < stride; j++) for (let k = 0; k < classCount; k++) byClass[k * stride + j] = at[j * classCount + k]!;
    slopes.fill(0);
    let loss = 0;
    for (let from = 0; from < rows; from += BLOCK) {
      misses.fill(0);
      for (let i = from; i < Math.min(from + BLOCK, rows); i++) {
        for (let k = 0; k < classCount; k++)
          logits[k] = byClass[k * stride + width]! + rowDot(matrix, i * width, byClass, k * stride, width);
        const weight = weights[i]! / weightSum;
        loss += weight * softmaxLoss(logits, codes[i]!);
        for (let k = 0; k < classCount; k++) {
          const miss = weight * (logits[k]! - (codes[i] === k ? 1 : 0));
          misses[k * BLOCK + i - from] = miss;
          slopes[k * stride + width]! += miss;
        }
      }
      for (let k = 0; k < classCount; k++) addBlock(matrix, from * width, width, misses, k * BLOCK, slopes, k * stride);
    }
    for (let j = 0; j < stride; j++)
      for (let k = 0; k < classCount; k++) {
        const own = j < width ? at[j * classCount + k]! : 0;
        loss += 0.5 * l2 * own * own;
        gradient[j * classCount + k] = slopes[k * stride + j]! + l2 * own;
      }
    return loss;
  };
}

function rowDot(a: Float64Array, atA: number, b: Float64Array, atB: number, size: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let j = 0;
  for (; j + 3 < size; j += 4) {
    s0 += a[atA + j]! * b[atB + j]!;
    s1 += a[atA + j + 1]! * b[atB + j + 1]!;
    s2 += a[atA + j + 2]! * b[atB + j + 2]!;
    s3 += a[atA + j + 3]! * b[atB + j + 3]!;
  }
  for (; j < size; j++) s0 += a[atA + j]! * b[atB + j]!;
  return s0 + s1 + (s2 + s3);
}

/** Adds factors[0..3] times the four rows from `at` on to `to`; a last block that runs over the end has factors 0 there. */
function addBlock(matrix: Float64Array, at: number, width: number, factors: Float64Array, atFactors: number, to: Float64Array, atTo: number) {
  const [f0, f1, f2, f3] = [factors[atFactors]!, factors[atFactors + 1]!, factors[atFactors + 2]!, factors[atFactors + 3]!];
  const last = matrix.length - width;
  const [r1, r2, r3] = [Math.min(at + width, last), Math.min(at + 2 * width, last), Math.min(at + 3 * width, last)];
  for (let j = 0; j < width; j++)
    to[atTo + j]! += f0 * matrix[at + j]! + f1 * matrix[r1 + j]! + f2 * matrix[r2 + j]! + f3 * matrix[r3 + j]!;
}

/** Turns logits into chances in place; returns -log of the chance of `actual`. */
function softmaxLoss(logits: Float64Array, actual: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k++) if (logits[k]! > top) top = logits[k]!;
  const own = logits[actual]! - top;
  let sum = 0;
  for (let k = 0; k < logits.length; k++) {
    const e = Math.exp(logits[k]! - top);
    logits[k] = e;
    sum += e;
  }
  for (let k = 0; k < logits.length; k++) logits[k]! /= sum;
  return Math.log(sum) - own;
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

/** Index of the largest of each row of `chances` [rows x classCount]; of equals the first. */
export function likeliest(chances: Float64Array, classCount: number): Float64Array {
  const out = new Float64Array(chances.length / classCount);
  for (let i = 0; i < out.length; i++) {
    let best = 0;
    for (let k = 1; k < classCount; k++) if (chances[i * classCount + k]! > chances[i * classCount + best]!) best = k;
    out[i] = best;
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
  const out = params.weight === undefined ? new Float64Array(data.length).fill(1) : numberColumn(data, params.weight).values.slice();
  const counts = new Float64Array(classes.length);
  for (const code of codes) counts[code]! += 1;
  if (params.classWeights === 'none') return out;
  const given = params.classWeights;
  const factors = classes.map((name, k) => (given === 'balanced' ? codes.length / (classes.length * counts[k]!) : (given[name] ?? 1)));
  for (let i = 0; i < out.length; i++) out[i]! *= factors[codes[i]!]!;
  return out;
}

function startingPoint(start: LogisticModel | undefined, inputs: readonly Input[], classes: readonly string[]) {
  if (start === undefined || start.classes.join() !== classes.join()) return undefined;
  const name = (input: Input) => `${input.role} ${input.feature}`;
  const rows = new Map(start.inputs.map((input, j) => [name(input), start.coefficients[j]!]));
  return Float64Array.from([...inputs.flatMap((input) => rows.get(name(input)) ?? classes.map(() => 0)), ...start.intercepts]);
}
