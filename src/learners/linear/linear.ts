/** Least squares with L1 and L2 penalties: ridge, lasso, elastic net; of the label or of its logarithm. */
import { known } from '#errors.ts';
import type { Machine } from '#kernels/machine.ts';
import { descended, solveSymmetric, violationOf } from '#kernels/proximal-newton.ts';
import type { RowBlocks } from '#kernels/row-blocks.ts';
import type { Table } from '#table/index.ts';
import type { Input } from '../design.ts';
import type { Aim, Fitted, Supervised } from '../learner.ts';
import { scoresOf } from './logistic.ts';
import { weightSumOf } from './loss.ts';
import { type DesignParams, withBlocks } from './prepare.ts';

export interface LinearParams extends Aim, DesignParams {
  /** Weight on the absolute coefficients (not the intercept), beside half the summed squared errors; default 0. */
  readonly l1?: number;
  /** Weight on half the squared coefficients (not the intercept), beside half the summed squared errors. */
  readonly l2: number;
  /** 'log1p' learns log(1 + label) and foretells the label's mean by Duan's smearing; default 'label'. */
  readonly target?: 'label' | 'log1p';
  /** With l1: ends when the conditions of the minimum hold to this share of the steepest slope. */
  readonly tolerance: number;
}

export interface LinearModel extends Fitted {
  readonly kind: 'linear';
  readonly signedLog: boolean;
  readonly inputs: readonly Input[];
  /** [inputs], on the standardised scale. */
  readonly coefficients: readonly number[];
  readonly intercept: number;
  /** log1p: the mean of exp(residual), and the smallest label, below which nothing is foretold. */
  readonly log1p?: { readonly smearing: number; readonly labelMin: number };
  readonly l1: number;
  readonly l2: number;
  readonly rows: number;
  readonly converged: boolean;
}

export const linear: Supervised<LinearParams, LinearModel> = {
  name: 'linear',
  tasks: ['regress'],
  source: 'Hoerl and Kennard (1970); Friedman, Hastie and Tibshirani (2010), JSS 33(1); Duan (1983), JASA 78',
  defaults: {
    task: 'regress',
    label: 'label',
    l1: 0,
    l2: 1,
    target: 'label',
    signedLog: false,
    standardise: true,
    tolerance: 1e-9,
  },
  optional: { categoriesMax: 50 },
  fit: (data, params) => fitLinear(data, params),
  predict: (model, data) => predicted(model, data),
};

/**
 * Fits the model.
 *
 * @throws LABEL_MISSING, LABEL_NOT_NUMBER, FEATURE_MISSING, WEIGHT_WRONG, TABLE_EMPTY, LEARNER_PARAMS, LABEL_OUT_OF_RANGE (log1p
 *   of a label below zero)
 */
export function fitLinear(data: Table, params: LinearParams): LinearModel {
  const { l1 = 0, l2, tolerance } = params;
  for (const [name, value] of Object.entries({ l1, l2 }))
    if (!(value >= 0 && Number.isFinite(value)))
      throw known('LEARNER_PARAMS', {
        learner: 'linear',
        name,
        value: String(value),
        expected: 'a number of zero or more',
      });
  return withBlocks(data, params, ({ target: { label, weights }, inputs, machine, blocks }) => {
    const log = params.target === 'log1p';
    const y = log ? logged(label) : label;
    const found = leastSquares(machine, momentsOf(blocks, y, weights), { l1, l2, tolerance });
    return {
      kind: 'linear',
      task: params.task,
      classes: [],
      features: [...new Set(inputs.map(({ feature }) => feature))],
      signedLog: params.signedLog,
      inputs,
      coefficients: Array.from(found.coefficients),
      intercept: found.intercept,
      ...(log ? { log1p: smeared(blocks, y, weights, found) } : {}),
      l1,
      l2,
      rows: data.length,
      converged: found.converged,
    };
  });
}

function logged(label: Float64Array): Float64Array {
  const low = label.findIndex((value) => !(value >= 0));
  if (low >= 0) throw known('LABEL_OUT_OF_RANGE', { loss: 'log1p', row: low + 1, value: label[low]! });
  return label.map(Math.log1p);
}

/** Moments of inputs and label about their weighted means: all that least squares asks of the rows. */
export interface Moments {
  /** [width x width], without a penalty. */
  readonly gram: Float64Array;
  /** [width] products of the inputs and the label in units of `unit`. */
  readonly slope: Float64Array;
  readonly unit: number;
  readonly labelMean: number;
  /** [width] */
  readonly inputMeans: Float64Array;
}

/** @param y [rows] */
export function momentsOf(blocks: RowBlocks, y: Float64Array, weights: Float64Array): Moments {
  const { machine, width } = blocks;
  const weightSum = weightSumOf(weights);
  let mean = 0;
  for (let i = 0; i < y.length; i++) mean += (weights[i]! / weightSum) * y[i]!;
  let unit = 0;
  for (const value of y) unit = Math.max(unit, Math.abs(value - mean));
  if (!(unit > 0)) unit = 1;
  const mark = machine.mark();
  const products = blocks.slopes(blocks.vector(y.map((value, i) => weights[i]! * ((value - mean) / unit))));
  const raw = blocks.gram(blocks.vector(weights));
  machine.release(mark);
  const size = width + 1;
  const inputMeans = Float64Array.from({ length: width }, (_, j) => raw[width * size + j]! / weightSum);
  const gram = new Float64Array(width * width);
  const slope = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    slope[i] = products[i]! - inputMeans[i]! * products[width]!;
    for (let j = 0; j < width; j++)
      gram[i * width + j] = raw[i * size + j]! - inputMeans[i]! * inputMeans[j]! * weightSum;
  }
  return { gram, slope, unit, labelMean: mean + (unit * products[width]!) / weightSum, inputMeans };
}

interface Plane {
  readonly coefficients: Float64Array;
  readonly intercept: number;
  readonly converged: boolean;
}

interface Penalties {
  readonly l1: number;
  readonly l2: number;
  readonly tolerance: number;
  /** With l1: where to begin. */
  readonly start?: Float64Array;
}

/** The minimum of sum w (y - x b - c)^2 / 2 + l1 sum |b| + l2 sum b^2 / 2. */
export function leastSquares(machine: Machine, moments: Moments, { l1, l2, tolerance, start }: Penalties): Plane {
  const { slope, unit, labelMean, inputMeans } = moments;
  const width = slope.length;
  const gram = moments.gram.slice();
  for (let j = 0; j < width; j++) gram[j * width + j]! += l2;
  const steepest = slope.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  let coefficients: Float64Array;
  let converged = true;
  if (l1 === 0) {
    coefficients = solveSymmetric(machine, gram, slope);
    const rest = solveSymmetric(machine, gram, leftOver(gram, slope, coefficients));
    coefficients = coefficients.map((b, j) => b + rest[j]!);
  } else {
    const penalties = new Float64Array(width).fill(l1 / unit);
    const from = start?.map((b) => b / unit) ?? new Float64Array(width);
    const found = descended(machine, { gram, slope, l1: penalties, start: from }, tolerance * steepest);
    coefficients = found.at;
    const gaps = found.left.map((left) => -left);
    converged = violationOf(coefficients, gaps, penalties) <= 1e-6 * steepest;
  }
  coefficients = coefficients.map((b) => b * unit);
  let intercept = labelMean;
  for (let j = 0; j < width; j++) intercept -= coefficients[j]! * inputMeans[j]!;
  return { coefficients, intercept, converged };
}

function leftOver(gram: Float64Array, slope: Float64Array, x: Float64Array): Float64Array {
  const size = x.length;
  return slope.map((value, i) => {
    let left = value;
    for (let j = 0; j < size; j++) left -= gram[i * size + j]! * x[j]!;
    return left;
  });
}

function smeared(blocks: RowBlocks, y: Float64Array, weights: Float64Array, { coefficients, intercept }: Plane) {
  const out = blocks.vector(y);
  blocks.scores(Float64Array.of(...coefficients, intercept), out);
  const scores = blocks.machine.f64(out, y.length);
  const weightSum = weightSumOf(weights);
  let smearing = 0;
  let low = Number.POSITIVE_INFINITY;
  for (let i = 0; i < y.length; i++) {
    smearing += (weights[i]! / weightSum) * Math.exp(y[i]! - scores[i]!);
    low = Math.min(low, y[i]!);
  }
  return { smearing, labelMin: Math.expm1(low) };
}

/** exp of more than this is not a double. */
const EXPONENT_MAX = 700;

function predicted(model: LinearModel, data: Table): Float64Array {
  const out = new Float64Array(data.length);
  const { log1p, intercept, coefficients } = model;
  const scored = { ...model, coefficients: coefficients.map((b) => [b]), intercepts: [intercept] };
  scoresOf(scored, data, 1, (scores, from, count) => {
    for (let i = 0; i < count; i++) {
      const score = scores[i]!;
      out[from + i] =
        log1p === undefined
          ? Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, score))
          : Math.max(log1p.labelMin, Math.exp(Math.min(EXPONENT_MAX, score)) * log1p.smearing - 1);
    }
  });
  return out;
}
