/** Means over users and how far they would move with other users. */
import { quantile } from '#kernels/metrics.ts';
import { random, split } from '#kernels/random.ts';

export type Bounds = readonly [low: number, high: number];

/** Figures of users, row by row. */
export interface UserFigures {
  /** [users x width] */
  readonly values: Float64Array;
  readonly width: number;
}

/** [width] means over the users; of none: zeros. */
export function meansOf({ values, width }: UserFigures): Float64Array {
  const sums = new Float64Array(width);
  for (let at = 0; at < values.length; at += width) for (let c = 0; c < width; c++) sums[c]! += values[at + c]!;
  const users = Math.max(values.length / width, 1);
  return sums.map((sum) => sum / users);
}

/**
 * 95 % percentile intervals of the means by resampling users; the columns of one resample are of the same users, so an
 * interval of differences is a paired one.
 *
 * @param samples resamples; with none, or without users, [0, 0] each
 * @see Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13
 */
export function meanIntervals(
  { values, width }: UserFigures,
  { seed, samples }: { seed: number; samples: number },
): Bounds[] {
  const users = values.length / width;
  if (samples === 0 || users === 0) return Array.from({ length: width }, () => [0, 0] as const);
  const drawn = Array.from({ length: width }, () => new Float64Array(samples));
  const sums = new Float64Array(width);
  for (let s = 0; s < samples; s++) {
    const draw = random(split(seed, 'bootstrap', s));
    sums.fill(0);
    for (let i = 0; i < users; i++) {
      const at = draw.integer(users) * width;
      for (let c = 0; c < width; c++) sums[c]! += values[at + c]!;
    }
    for (let c = 0; c < width; c++) drawn[c]![s] = sums[c]! / users;
  }
  return drawn.map((column) => bounds(column.sort()));
}

/** The middle 95 % of sorted resamples. */
export const bounds = (sorted: Float64Array): Bounds => [quantile(sorted, 0.025), quantile(sorted, 0.975)];
