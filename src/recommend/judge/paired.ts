/** Two methods on the same users: how much better one is, and whether other users would say so too. */
import type { Sparse } from '#kernels/sparse.ts';
import { type Lists, METRICS, valuesOf, type Wanted } from './metrics.ts';
import { type Bounds, meanIntervals, meansOf } from './resample.ts';

export interface Difference {
  readonly recall: number;
  readonly recallInterval: Bounds;
  readonly ndcg: number;
  readonly ndcgInterval: Bounds;
}

/**
 * The first method's lists less the second's, user by user, with 95 % intervals by resampling users (paired bootstrap).
 * An interval that excludes 0 says that the difference is not an accident of the users drawn.
 *
 * @param lists both of the same users
 */
export function paired(
  [one, other]: readonly [Lists, Lists],
  seen: Sparse,
  relevant: Sparse,
  options: Wanted & { readonly seed: number; readonly resamples?: number },
): Difference {
  const a = valuesOf(one, seen, relevant, options);
  const b = valuesOf(other, seen, relevant, options);
  const figures = { values: a.map((value, i) => value - b[i]!), width: METRICS.length };
  const means = meansOf(figures);
  const intervals = meanIntervals(figures, { seed: options.seed, samples: options.resamples ?? 1000 });
  const [recall, ndcg] = [METRICS.indexOf('recall'), METRICS.indexOf('ndcg')];
  return {
    recall: means[recall]!,
    recallInterval: intervals[recall]!,
    ndcg: means[ndcg]!,
    ndcgInterval: intervals[ndcg]!,
  };
}
