/** Spread of a figure: over folds, and over bootstrap samples. */
import { deviation, mean, quantile } from '#kernels/metrics.ts';
import { fnv1a32, mix32, random, split } from '#kernels/random.ts';

export interface Spread {
  readonly mean: number;
  /** Population standard deviation over the folds. */
  readonly sd: number;
  readonly folds: readonly number[];
}

/** The fold of an id: 32-bit FNV-1a of its UTF-8 bytes, modulo `folds`. The same on every machine and day. */
export const foldOf = (id: string, folds: number): number => fnv1a32(id) % folds;

/** A second, independent way to fold the same ids: for choices made inside a training part. */
export const innerFoldOf = (id: string, folds: number): number => mix32(fnv1a32(id) ^ 0x5bd1e995) % folds;

/** Mean and standard deviation of a figure over folds. */
const spreadOf = (folds: readonly number[]): Spread => ({ mean: mean(folds), sd: deviation(folds), folds });

/** Spread of each figure of like records, one record a fold. */
export function spreads<Name extends string>(records: readonly Readonly<Record<Name, number>>[]): Record<Name, Spread> {
  const names = Object.keys(records[0] ?? {}) as Name[];
  return Object.fromEntries(names.map((name) => [name, spreadOf(records.map((r) => r[name]))])) as Record<Name, Spread>;
}

/**
 * Percentile bootstrap interval of a figure over rows.
 *
 * @param figure takes row numbers (with repeats) and returns the figure over them
 * @param level e.g. 0.95
 * @see Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13
 */
export function bootstrapInterval(
  rows: number,
  figure: (sample: Int32Array) => number,
  { seed, samples = 200, level = 0.95 }: { seed: number; samples?: number; level?: number },
): { low: number; high: number } {
  const figures = new Float64Array(samples);
  for (let s = 0; s < samples; s++) {
    const draw = random(split(seed, 'bootstrap', s));
    figures[s] = figure(Int32Array.from({ length: rows }, () => draw.integer(rows)));
  }
  figures.sort();
  return { low: quantile(figures, (1 - level) / 2), high: quantile(figures, (1 + level) / 2) };
}
