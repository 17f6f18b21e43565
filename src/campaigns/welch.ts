/** Two means with unequal variances, and the check that a split is the one that was planned. */
import { tQuantile, tTwoSided } from '#kernels/distributions.ts';
import { normalTail } from '#kernels/special.ts';

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
  if (one.n < 2 || other.n < 2) return undefined;
  const difference = one.mean - other.mean;
  const a = one.variance / one.n;
  const b = other.variance / other.n;
  const standardError = Math.sqrt(a + b);
  if (standardError === 0)
    return { difference, standardError, freedom: one.n + other.n - 2, interval: [difference, difference], pValue: 1 };
  const freedom = (a + b) ** 2 / (a ** 2 / (one.n - 1) + b ** 2 / (other.n - 1));
  const half = tQuantile(0.975, freedom) * standardError;
  return {
    difference,
    standardError,
    freedom,
    interval: [difference - half, difference + half],
    pValue: tTwoSided(difference / standardError, freedom),
  };
}

export interface RatioCheck {
  readonly chiSquare: number;
  readonly pValue: number;
  /** False below 0.001: something other than the draw decided who is in which arm; don't read the result. */
  readonly ok: boolean;
  readonly expectedHoldout: number;
}

/** Sample ratio mismatch: chi-square of two counts against the planned share of the second. */
export function ratioCheck({ offered, holdout }: { offered: number; holdout: number }, share: number): RatioCheck {
  const total = offered + holdout;
  const expectedHoldout = total * share;
  const spread = total * share * (1 - share);
  const chiSquare = spread === 0 ? 0 : (holdout - expectedHoldout) ** 2 / spread;
  const impossible = spread === 0 && holdout !== expectedHoldout;
  const pValue = impossible ? 0 : 2 * normalTail(Math.sqrt(chiSquare));
  return { chiSquare, pValue, ok: pValue >= 0.001, expectedHoldout };
}
