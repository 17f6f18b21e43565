/** Which features a linear model takes first: fits under a penalty on absolute coefficients that is let down step by step. */
import { known } from '#errors.ts';
import type { Table } from '#table/index.ts';
import type { Input } from '../design.ts';
import type { Aim } from '../learner.ts';
import { leastSquares, momentsOf } from '../linear/linear.ts';
import { LinearLoss, weightSumOf } from '../linear/loss.ts';
import { type DesignParams, type Prepared, withBlocks } from '../linear/prepare.ts';
import { fitSoftmax } from '../linear/softmax.ts';

export interface L1PathParams extends Aim, DesignParams {
  /** Weight on half the squared coefficients; default 0. */
  readonly l2?: number;
  /** Penalties, at even ratios from the least that lets nothing in; default 30. */
  readonly points?: number;
  /** The last penalty as a share of the first; default 0.01. */
  readonly reach?: number;
  /** Default 1e-6. */
  readonly tolerance?: number;
}

export interface L1PathPoint {
  readonly l1: number;
  /** Those whose coefficients are not all zero, in the order of the table. */
  readonly features: readonly string[];
  /** [features] root of the summed squares of each one's coefficients, over its inputs and the classes. */
  readonly sizes: readonly number[];
}

export interface L1Path {
  /** From the strongest penalty on. */
  readonly points: readonly L1PathPoint[];
  /** Features as they enter, and the penalty under which each is first in; of one penalty the larger first. */
  readonly order: readonly { readonly feature: string; readonly l1: number }[];
}

/**
 * The path for the tasks classify and regress. Each fit begins with the last one's answer. Inputs should be standardised
 * to be compared.
 *
 * @throws LEARNER_PARAMS, and what the learners `logistic` and `linear` throw
 * @see Friedman, Hastie and Tibshirani (2010), Journal of Statistical Software 33(1)
 */
export function l1Path(data: Table, params: L1PathParams): L1Path {
  const { points: count = 30, reach = 0.01, task } = params;
  const wrong = (name: string, value: unknown, expected: string) =>
    known('LEARNER_PARAMS', { learner: 'l1Path', name, value: String(value), expected });
  if (task !== 'classify' && task !== 'regress') throw wrong('task', task, 'classify or regress');
  if (!(Number.isInteger(count) && count > 0)) throw wrong('points', count, 'a whole number above zero');
  if (!(reach > 0 && reach < 1)) throw wrong('reach', reach, 'a number between 0 and 1');
  return withBlocks(data, params, (prepared) => {
    const { first, fit } = task === 'regress' ? squares(prepared, params) : logits(prepared, params);
    const points: L1PathPoint[] = [];
    for (let i = 0; i < count && first > 0; i++) {
      const l1 = first * reach ** (count === 1 ? 0 : i / (count - 1));
      points.push({ l1, ...entered(prepared.inputs, fit(l1)) });
    }
    return { points, order: orderOf(points) };
  });
}

interface Steps {
  /** The least penalty that lets nothing in. */
  readonly first: number;
  /** [outputs x inputs] coefficients under a penalty. */
  readonly fit: (l1: number) => Float64Array[];
}

function squares({ target, machine, blocks }: Prepared, { l2 = 0, tolerance = 1e-6 }: L1PathParams): Steps {
  const moments = momentsOf(blocks, target.label, target.weights);
  let start: Float64Array = new Float64Array(blocks.width);
  return {
    first: moments.unit * moments.slope.reduce((top, slope) => Math.max(top, Math.abs(slope)), 0),
    fit: (l1) => {
      start = leastSquares(machine, moments, { l1, l2, tolerance: tolerance / 100, start }).coefficients;
      return [start];
    },
  };
}

const ITERATIONS_MAX = 200;

function logits({ target, blocks }: Prepared, { l2 = 0, tolerance = 1e-6 }: L1PathParams): Steps {
  const { label, weights, classes } = target;
  const stride = blocks.width + 1;
  const binary = classes.length === 2;
  const weightSum = weightSumOf(weights);
  const sums = new Float64Array(classes.length);
  for (let i = 0; i < label.length; i++) sums[label[i]!]! += weights[i]!;
  // Shares of nothing would put an intercept at infinity.
  const logs = sums.map((sum) => Math.log(Math.max(sum, 1e-9 * weightSum) / weightSum));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  let start = new Float64Array(classes.length * stride);
  for (const [k, log] of logs.entries()) start[k * stride + stride - 1] = log - mean;
  const gradient = new Float64Array(start.length);
  const mark = blocks.machine.mark();
  const f = new LinearLoss(blocks, {
    ...{ loss: 'softmax', outputs: classes.length, weightSum, l2 },
    ...{ labels: blocks.vector(label), weights: blocks.vector(weights) },
  });
  f.value(start, gradient);
  blocks.machine.release(mark);
  let first = 0;
  for (let j = 0; j < gradient.length; j++)
    if ((j + 1) % stride !== 0) first = Math.max(first, Math.abs(gradient[j]!) * weightSum);
  return {
    first,
    fit: (l1) => {
      const within = blocks.machine.mark();
      const options = { classCount: classes.length, l1, l2, tolerance, iterationsMax: ITERATIONS_MAX, start };
      start = Float64Array.from(fitSoftmax(blocks, label, weights, options).at);
      blocks.machine.release(within);
      // The coefficients of two classes are each other's negative: one tells all.
      const outputs = binary ? [1] : classes.map((_, k) => k);
      return outputs.map((k) => start.slice(k * stride, k * stride + stride - 1));
    },
  };
}

function entered(inputs: readonly Input[], outputs: readonly Float64Array[]): Pick<L1PathPoint, 'features' | 'sizes'> {
  const squared = new Map<string, number>();
  for (const [j, { feature }] of inputs.entries()) {
    const own = outputs.reduce((sum, coefficients) => sum + coefficients[j]! ** 2, 0);
    if (own > 0) squared.set(feature, (squared.get(feature) ?? 0) + own);
  }
  return { features: [...squared.keys()], sizes: [...squared.values()].map(Math.sqrt) };
}

function orderOf(points: readonly L1PathPoint[]): L1Path['order'] {
  const seen = new Set<string>();
  return points.flatMap(({ l1, features, sizes }) => {
    const fresh = features
      .map((feature, i) => ({ feature, size: sizes[i]! }))
      .filter(({ feature }) => !seen.has(feature));
    fresh.sort((a, b) => b.size - a.size || (a.feature < b.feature ? -1 : 1));
    for (const { feature } of fresh) seen.add(feature);
    return fresh.map(({ feature }) => ({ feature, l1 }));
  });
}
