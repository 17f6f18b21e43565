/**
 * Intervals and sets that hold what comes with a stated chance, whatever the model: conformal prediction. The promise is
 * over draws of calibration rows and new rows together, and needs them to be exchangeable: no drift, one row a customer.
 */

/** Residual scores of calibration rows, rising; enough to cut them at any level. */
export interface Scores {
  readonly rising: Float64Array;
}

/** Scores to be cut by `thresholdAt`. */
export const scoresOf = (scores: ArrayLike<number>): Scores => ({ rising: Float64Array.from(scores).sort() });

/**
 * The ceil((n + 1) level)-th smallest score: a new row's score is at most this with a chance of at least `level`, and at
 * most level + 1 / (n + 1) where no two scores are equal. Infinity where n is too small for the level.
 *
 * @see Vovk, Gammerman and Shafer (2005); Lei et al. (2018), JASA 113, theorem 2.2
 */
export function thresholdAt({ rising }: Scores, level: number): number {
  const rank = Math.ceil((rising.length + 1) * level - 1e-9);
  return rank > rising.length ? Number.POSITIVE_INFINITY : rising[Math.max(rank, 1) - 1]!;
}

export interface Intervals {
  /** [rows] */
  readonly low: Float64Array;
  /** [rows] */
  readonly high: Float64Array;
}

/**
 * Split conformal intervals: prediction +- the threshold of |label - prediction| on rows that the model did not learn
 * from. With `scale` (a positive guess of each row's error) the width follows it.
 *
 * @param level share of new rows that the intervals hold, e.g. 0.9
 */
export function splitIntervals(
  calibration: { labels: ArrayLike<number>; predicted: ArrayLike<number>; scale?: ArrayLike<number> },
  fresh: { predicted: ArrayLike<number>; scale?: ArrayLike<number> },
  level: number,
): Intervals {
  const { labels, predicted, scale } = calibration;
  const off = Float64Array.from(labels, (y, i) => Math.abs(y - predicted[i]!) / (scale?.[i] ?? 1));
  const threshold = thresholdAt(scoresOf(off), level);
  const reach = (i: number) => threshold * (fresh.scale?.[i] ?? 1);
  return {
    low: Float64Array.from(fresh.predicted, (mu, i) => mu - reach(i)),
    high: Float64Array.from(fresh.predicted, (mu, i) => mu + reach(i)),
  };
}

/**
 * CV+ intervals: every row serves to fit and to calibrate. Each calibration row moves the prediction of the model that did
 * not learn from it by its own residual, either way; the interval runs between cut points of these. With as many folds as
 * rows it is the jackknife+. It holds a new row with a chance of at least 1 - 2 (1 - level) (less a slight term in the
 * folds) and in practice about `level`.
 *
 * @param folds [calibration rows] fold of the row
 * @param predicted [calibration rows] by the model that did not learn from the row's fold
 * @param fresh [folds] of [new rows] predictions of the new rows by the model that left the fold out
 * @see Barber, Candes, Ramdas and Tibshirani (2021), Annals of Statistics 49(1), equations 1.2 and 3.1
 */
export function crossIntervals(
  calibration: { labels: ArrayLike<number>; predicted: ArrayLike<number>; folds: ArrayLike<number> },
  fresh: readonly ArrayLike<number>[],
  level: number,
): Intervals {
  const { labels, predicted, folds } = calibration;
  const parts: number[][] = fresh.map(() => []);
  for (let i = 0; i < labels.length; i++) parts[folds[i]!]!.push(Math.abs(labels[i]! - predicted[i]!));
  const residuals = parts.map((part) => Float64Array.from(part).sort());
  const rows = fresh[0]?.length ?? 0;
  const rank = Math.ceil((labels.length + 1) * level - 1e-9);
  const low = new Float64Array(rows).fill(Number.NEGATIVE_INFINITY);
  const high = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  if (rank <= labels.length)
    for (let i = 0; i < rows; i++) {
      high[i] = nthOf(residuals, (k) => fresh[k]![i]!, rank);
      low[i] = -nthOf(residuals, (k) => -fresh[k]![i]!, rank);
    }
  return { low, high };
}

/** The rank-th smallest, from 1, of all parts[k][j] + shift(k), each part in rising order. */
function nthOf(parts: readonly Float64Array[], shift: (part: number) => number, rank: number): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const [k, part] of parts.entries()) {
    if (part.length === 0) continue;
    low = Math.min(low, part[0]! + shift(k));
    high = Math.max(high, part[part.length - 1]! + shift(k));
  }
  const countAt = (level: number) => parts.reduce((sum, part, k) => sum + countUpTo(part, level, shift(k)), 0);
  if (countAt(low) >= rank) return low;
  for (let round = 0; round < 200; round++) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (countAt(middle) >= rank) high = middle;
    else low = middle;
  }
  return high;
}

/** How many of a rising array, each plus `shift`, are at most `level`. */
function countUpTo(rising: Float64Array, level: number, shift: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! + shift <= level) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Conformalised quantile regression: moves predicted quantiles outward (or inward) by one threshold, so that the
 * intervals hold `level` of new rows and keep their width where the quantiles know it.
 *
 * @param calibration labels and predicted quantiles of rows that the model did not learn from
 * @see Romano, Patterson and Candes (2019), NeurIPS, algorithm 1
 */
export function quantileIntervals(
  calibration: { labels: ArrayLike<number>; low: ArrayLike<number>; high: ArrayLike<number> },
  fresh: { low: ArrayLike<number>; high: ArrayLike<number> },
  level: number,
): Intervals {
  const { labels, low, high } = calibration;
  const off = Float64Array.from(labels, (y, i) => Math.max(low[i]! - y, y - high[i]!));
  const threshold = thresholdAt(scoresOf(off), level);
  const out = {
    low: Float64Array.from(fresh.low, (own) => own - threshold),
    high: Float64Array.from(fresh.high, (own) => own + threshold),
  };
  // A negative threshold can make the ends cross: then the interval is the middle point.
  for (let i = 0; i < out.low.length; i++)
    if (out.low[i]! > out.high[i]!) out.low[i] = out.high[i] = (out.low[i]! + out.high[i]!) / 2;
  return out;
}

/**
 * Thresholds by group (Mondrian): the promise then holds within each group. A group with fewer calibration rows than the
 * level needs, or none, takes the threshold of all rows: its share is then held on the whole only.
 *
 * @param groups [calibration rows] group of the row
 * @returns threshold of a group
 * @see Vovk, Lindsay, Nouretdinov and Gammerman (2003), Mondrian Confidence Machine
 */
export function thresholdsByGroup<Group>(
  scores: ArrayLike<number>,
  groups: ArrayLike<Group>,
  level: number,
): (group: Group) => number {
  const parts = new Map<Group, number[]>();
  for (let i = 0; i < scores.length; i++) {
    const part = parts.get(groups[i]!);
    if (part === undefined) parts.set(groups[i]!, [scores[i]!]);
    else part.push(scores[i]!);
  }
  const all = thresholdAt(scoresOf(scores), level);
  const own = new Map([...parts].map(([group, part]) => [group, thresholdAt(scoresOf(part), level)]));
  return (group) => {
    const threshold = own.get(group);
    return threshold === undefined || threshold === Number.POSITIVE_INFINITY ? all : threshold;
  };
}
