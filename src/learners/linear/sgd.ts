/** Multinomial logistic regression by stochastic gradient descent: steps of a fixed size, with momentum. */
import type { Minimum } from '#kernels/optimise.ts';
import { random, split } from '#kernels/random.ts';
import type { Table } from '#table/index.ts';
import type { Target } from '../target.ts';
import { rowKeys } from './row-keys.ts';

export interface SgdOptions {
  readonly learningRate: number;
  /** Steps, each on `batch` rows; rows come in a shuffled order, anew after each pass. */
  readonly iterations: number;
  readonly batch: number;
  /** Share of the last step that is taken again, from 0 to below 1. */
  readonly momentum: number;
  readonly l1: number;
  readonly l2: number;
  readonly classCount: number;
}

/**
 * Coefficients [classes x (inputs + 1)], intercepts last, after `iterations` steps from zero. `converged` is false: the
 * number of steps ends it.
 *
 * @param matrix [rows x inputs]
 * @see Robbins and Monro (1951), Annals of Mathematical Statistics 22(3); Polyak (1964) for the momentum; Bottou (2012), Neural Networks: Tricks of the Trade
 */
export function sgdSoftmax(
  data: Table,
  { label, weights, features }: Pick<Target, 'label' | 'weights' | 'features'>,
  matrix: Float64Array,
  { learningRate, iterations, batch, momentum, l1, l2, classCount }: SgdOptions,
  seed: number,
): Minimum {
  const width = matrix.length / label.length;
  const stride = width + 1;
  const at = new Float64Array(classCount * stride);
  const slopes = new Float64Array(at.length);
  const speed = new Float64Array(at.length);
  const chances = new Float64Array(classCount);
  let weightSum = 0;
  for (const weight of weights) weightSum += weight;
  const share = label.length / weightSum;
  const rows = shuffledRows(data, features, label, seed);
  const size = Math.min(batch, label.length);
  for (let step = 0; step < iterations; step++) {
    slopes.fill(0);
    for (let i = 0; i < size; i++) {
      const row = rows();
      rowLoss(matrix, row * width, at, chances, label[row]!);
      const weight = (weights[row]! * share) / size;
      for (let k = 0; k < classCount; k++) {
        const miss = weight * (chances[k]! - (label[row] === k ? 1 : 0));
        for (let j = 0; j < width; j++) slopes[k * stride + j]! += miss * matrix[row * width + j]!;
        slopes[k * stride + width]! += miss;
      }
    }
    for (let j = 0; j < at.length; j++) {
      const free = (j + 1) % stride === 0;
      speed[j] = momentum * speed[j]! + slopes[j]! + (free ? 0 : (l2 / weightSum) * at[j]!);
      const moved = at[j]! - learningRate * speed[j]!;
      const pull = free ? 0 : (learningRate * l1) / weightSum;
      at[j] = Math.sign(moved) * Math.max(0, Math.abs(moved) - pull);
    }
  }
  let value = 0;
  for (let i = 0; i < label.length; i++)
    value += (weights[i]! / weightSum) * rowLoss(matrix, i * width, at, chances, label[i]!);
  for (let j = 0; j < at.length; j++)
    if ((j + 1) % stride !== 0) value += (l1 * Math.abs(at[j]!) + 0.5 * l2 * at[j]! ** 2) / weightSum;
  return { at, value, iterations, evaluations: iterations, converged: false };
}

/** Next row number of a walk over all rows, in an order of the rows' content and the seed. */
function shuffledRows(data: Table, features: readonly string[], label: Float64Array, seed: number): () => number {
  const keys = rowKeys(data, features);
  const order = Int32Array.from({ length: label.length }, (_, i) => i);
  order.sort((a, b) => keys[a]! - keys[b]! || label[a]! - label[b]!);
  const draw = random(split(seed, 'sgd'));
  let next = 0;
  return () => {
    if (next === 0)
      for (let i = order.length - 1; i > 0; i--) {
        const other = draw.integer(i + 1);
        [order[i], order[other]] = [order[other]!, order[i]!];
      }
    const row = order[next]!;
    next = (next + 1) % order.length;
    return row;
  };
}

/** Chances of one row into `chances`; returns -log of that of `actual`. */
function rowLoss(matrix: Float64Array, from: number, at: Float64Array, chances: Float64Array, actual: number): number {
  const stride = at.length / chances.length;
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < chances.length; k++) {
    let score = at[k * stride + stride - 1]!;
    for (let j = 0; j < stride - 1; j++) score += matrix[from + j]! * at[k * stride + j]!;
    chances[k] = score;
    top = Math.max(top, score);
  }
  const own = chances[actual]! - top;
  let sum = 0;
  for (let k = 0; k < chances.length; k++) {
    chances[k] = Math.exp(chances[k]! - top);
    sum += chances[k]!;
  }
  for (let k = 0; k < chances.length; k++) chances[k]! /= sum;
  return Math.log(sum) - own;
}
