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

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Percentile bootstrap intervals of figures over rows; the figures of one resample are of the same rows.
 *
 * @param figures takes row numbers, with repeats, in an array that is filled anew for each resample
 * @param level share of resamples between the ends; default 0.95
 * @param samples resamples; default 200, none of them gives no interval
 * @see Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13
 */
export function bootstrapIntervals<Name extends string>(
  rows: number,
  figures: (sample: Int32Array) => Readonly<Record<Name, number>>,
  { seed, samples = 200, level = 0.95 }: { seed: number; samples?: number; level?: number },
): { [N in Name]?: Interval } {
  const columns = new Map<Name, Float64Array>();
  const sample = new Int32Array(rows);
  for (let s = 0; s < samples; s++) {
    const draw = random(split(seed, 'bootstrap', s));
    for (let i = 0; i < rows; i++) sample[i] = draw.integer(rows);
    for (const [name, figure] of Object.entries(figures(sample)) as [Name, number][]) {
      if (s === 0) columns.set(name, new Float64Array(samples));
      columns.get(name)![s] = figure;
    }
  }
  const intervals: { [N in Name]?: Interval } = {};
  for (const [name, column] of columns) {
    column.sort();
    intervals[name] = { low: quantile(column, (1 - level) / 2), high: quantile(column, (1 + level) / 2) };
  }
  return intervals;
}
