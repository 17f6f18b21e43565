/** Two means with unequal variances, and the check that a split is the one that was planned. */
import { effectOf, fixedTest, ratioMismatch } from '#experiments/index.ts';

export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Unbiased. */
  readonly variance: number;
}

/** Count, mean and variance of the values at some rows. */
export function momentsOf(values: Float64Array, rows: readonly number[]): Moments {
  const n = rows.length;
  let sum = 0;
  for (const row of rows) sum += values[row]!;
  const mean = n === 0 ? 0 : sum / n;
  let squares = 0;
  for (const row of rows) squares += (values[row]! - mean) ** 2;
  return { n, mean, variance: n > 1 ? squares / (n - 1) : 0 };
}

export interface Difference {
  readonly difference: number;
  readonly standardError: number;
  readonly freedom: number;
  /** 95 % */
  readonly interval: readonly [number, number];
  readonly pValue: number;
}

/**
 * Difference of means, `one` minus `other`.
 *
 * @returns undefined where a side has fewer than 2 members
 * @see Welch (1947), Biometrika 34
 */
export function welch(one: Moments, other: Moments): Difference | undefined {
  const effect = effectOf(statistic(other), statistic(one), { scale: 'absolute' });
  if (effect === 'too-few' || effect === 'control-at-zero') return undefined;
  const difference = one.mean - other.mean;
  if (effect === 'no-variance')
    return {
      difference,
      standardError: 0,
      freedom: one.n + other.n - 2,
      interval: [difference, difference],
      pValue: 1,
    };
  const { low, high, pValue } = fixedTest(effect);
  const { standardError, freedom } = effect;
  return { difference, standardError, freedom, interval: [low, high], pValue };
}

const statistic = ({ n, mean, variance }: Moments) => ({ n, mean, plainMean: mean, variance });

export interface RatioCheck {
  readonly chiSquare: number;
  readonly pValue: number;
  /** False below 0.001: something other than the draw decided who is in which arm; don't read the result. */
  readonly ok: boolean;
  readonly expectedHoldout: number;
}

/** Sample ratio mismatch: chi-square of two counts against the planned share of the second. */
export function ratioCheck({ offered, holdout }: { offered: number; holdout: number }, share: number): RatioCheck {
  const { chiSquare, pValue, ok, expected } = ratioMismatch([offered, holdout], [1 - share, share]);
  return { chiSquare, pValue, ok, expectedHoldout: expected[1]! };
}
