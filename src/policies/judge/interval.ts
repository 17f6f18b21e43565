/**
 * Intervals of a mean whose terms are skewed, as weighted rewards are. `skew` is the default: the law of t is transformed to
 * be free of skewness, which is as exact as a bootstrap of t to the second order and needs no draws.
 */
import { normalQuantile } from '#kernels/distributions.ts';
import { random, split } from '#kernels/random.ts';

export const INTERVALS = ['skew', 'normal', 'bootstrap', 'bernstein'] as const;
/**
 * skew: Hall's transformation; normal: mean +- z standard errors; bootstrap: percentiles of t over resamples; bernstein:
 * empirical Bernstein bound, over the range that was seen: wide, and safe where few rows weigh much.
 *
 * @see Hall (1992), On the Removal of Skewness by Transformation, JRSS B 54(1)
 * @see Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 12.5
 * @see Maurer and Pontil (2009), Empirical Bernstein Bounds, COLT 22, theorem 4
 */
export type IntervalKind = (typeof INTERVALS)[number];

export interface Estimate {
  readonly value: number;
  readonly standardError: number;
  /** Chance alpha / 2 each that the truth is below or above. */
  readonly low: number;
  readonly high: number;
}

export interface IntervalOptions {
  readonly kind: IntervalKind;
  readonly alpha: number;
  /** Of bootstrap. */
  readonly seed: number;
}

const RESAMPLES = 400;

/** @param terms [units] independent, whose mean is the estimate; of fewer than 2 the interval is all numbers */
export function estimateOf(terms: Float64Array, { kind, alpha, seed }: IntervalOptions): Estimate {
  const n = terms.length;
  const { mean, variance, skewness } = momentsOf(terms);
  if (n < 2) return { value: mean, standardError: Number.POSITIVE_INFINITY, low: -Infinity, high: Infinity };
  const standardError = Math.sqrt(variance / n);
  const told = { value: mean, standardError };
  if (kind === 'bernstein') {
    const [least, most] = rangeOf(terms);
    const log = Math.log(4 / alpha);
    const half = Math.sqrt((2 * variance * log) / n) + (7 * (most - least) * log) / (3 * (n - 1));
    return { ...told, low: mean - half, high: mean + half };
  }
  if (!(standardError > 0)) return { ...told, low: mean, high: mean };
  const z = normalQuantile(1 - alpha / 2);
  const [lower, upper] =
    kind === 'normal'
      ? [-z, z]
      : kind === 'skew'
        ? [unskewed(-z, skewness, n), unskewed(z, skewness, n)]
        : resampledT(terms, alpha, seed);
  return { ...told, low: mean - upper * standardError, high: mean - lower * standardError };
}

/** The quantile of t whose transform is the normal's z: g(t) = t + c t^2 / 3 + c^2 t^3 / 27 + c / 6, c = skewness / sqrt(n). */
function unskewed(z: number, skewness: number, n: number): number {
  const c = skewness / Math.sqrt(n);
  if (Math.abs(c) < 1e-9) return z;
  return (3 / c) * (Math.cbrt(1 + c * (z - c / 6)) - 1);
}

function resampledT(terms: Float64Array, alpha: number, seed: number): [number, number] {
  const n = terms.length;
  const { mean } = momentsOf(terms);
  const found = new Float64Array(RESAMPLES);
  const sample = new Float64Array(n);
  for (let s = 0; s < RESAMPLES; s++) {
    const draw = random(split(seed, 'off-policy bootstrap', s));
    for (let i = 0; i < n; i++) sample[i] = terms[draw.integer(n)]!;
    const own = momentsOf(sample);
    found[s] = own.variance > 0 ? (own.mean - mean) / Math.sqrt(own.variance / n) : 0;
  }
  found.sort();
  const at = (share: number): number =>
    found[Math.min(RESAMPLES - 1, Math.max(0, Math.round(share * (RESAMPLES - 1))))]!;
  return [at(alpha / 2), at(1 - alpha / 2)];
}

function momentsOf(terms: Float64Array): { mean: number; variance: number; skewness: number } {
  const n = terms.length;
  let mean = 0;
  for (const x of terms) mean += x / n;
  let [squares, cubes] = [0, 0];
  for (const x of terms) {
    const d = x - mean;
    squares += d * d;
    cubes += d * d * d;
  }
  const variance = squares / Math.max(1, n - 1);
  return { mean, variance, skewness: squares > 0 ? cubes / n / (squares / n) ** 1.5 : 0 };
}

function rangeOf(terms: Float64Array): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const x of terms) {
    if (x < least) least = x;
    if (x > most) most = x;
  }
  return [least, most];
}

/** Numbers a unit whose mean is that of `terms` and whose spread is that of the mean of rows that hang together by unit. */
export function byUnit(terms: Float64Array, unit: Int32Array | undefined): Float64Array {
  if (unit === undefined) return terms;
  const mean = terms.reduce((sum, x) => sum + x / terms.length, 0);
  const sums = new Map<number, number>();
  for (let i = 0; i < terms.length; i++) sums.set(unit[i]!, (sums.get(unit[i]!) ?? 0) + (terms[i]! - mean));
  const scale = sums.size / terms.length;
  return Float64Array.from(sums.values(), (sum) => mean + scale * sum);
}
