/** Figures that judge predictions. Every score is "higher is better" except the losses. */

export interface TierMetrics {
  readonly accuracy: number;
  readonly macroRecall: number;
  readonly macroF1: number;
  /** Cohen's kappa with quadratic weights, for classes in an order. */
  readonly kappa: number;
}

/** Counts (or sums of weights) [actual x predicted] of classes 0..classCount-1, row-major. */
export function confusion(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classCount: number,
  weights?: ArrayLike<number>,
): Float64Array {
  const counts = new Float64Array(classCount * classCount);
  for (let i = 0; i < actual.length; i++) counts[actual[i]! * classCount + predicted[i]!]! += weights?.[i] ?? 1;
  return counts;
}

/**
 * Accuracy, macro recall, macro F1 and quadratic kappa from counts [actual x predicted].
 *
 * Macro means run over the classes that occur as actual or predicted; a class that is never predicted scores 0.
 *
 * @see Cohen (1968), Psychological Bulletin 70(4), for the weighted kappa
 */
export function tierMetrics(counts: Float64Array, classCount: number): TierMetrics {
  const actual = new Float64Array(classCount);
  const predicted = new Float64Array(classCount);
  let total = 0;
  for (let i = 0; i < classCount; i++)
    for (let j = 0; j < classCount; j++) {
      const n = counts[i * classCount + j]!;
      actual[i]! += n;
      predicted[j]! += n;
      total += n;
    }
  let hits = 0;
  let recallSum = 0;
  let f1Sum = 0;
  let present = 0;
  let seen = 0;
  let off = 0;
  let offByChance = 0;
  for (let i = 0; i < classCount; i++) {
    const hit = counts[i * classCount + i]!;
    hits += hit;
    if (actual[i]! > 0) {
      present++;
      recallSum += hit / actual[i]!;
    }
    if (actual[i]! + predicted[i]! > 0) {
      seen++;
      f1Sum += (2 * hit) / (actual[i]! + predicted[i]!);
    }
    for (let j = 0; j < classCount; j++) {
      off += (i - j) ** 2 * counts[i * classCount + j]!;
      offByChance += ((i - j) ** 2 * actual[i]! * predicted[j]!) / total;
    }
  }
  return {
    accuracy: hits / total,
    macroRecall: recallSum / present,
    macroF1: f1Sum / seen,
    kappa: offByChance > 0 ? 1 - off / offByChance : off === 0 ? 1 : 0,
  };
}

/** Mean of -log of the chance given to what happened; chances [rows x classCount], floored at 1e-15. */
export function logLoss(
  actual: ArrayLike<number>,
  chances: Float64Array,
  classCount: number,
  weights?: ArrayLike<number>,
): number {
  let sum = 0;
  let weightSum = 0;
  for (let i = 0; i < actual.length; i++) {
    const weight = weights?.[i] ?? 1;
    sum -= weight * Math.log(Math.max(chances[i * classCount + actual[i]!]!, 1e-15));
    weightSum += weight;
  }
  return sum / weightSum;
}

/**
 * Area under the ROC curve: the chance that a row that is hit scores above one that is not; ties count half. NaN where
 * all rows (or none) are hit.
 *
 * @param hit [rows] 1 or 0
 * @see Hanley and McNeil (1982), Radiology 143(1)
 */
export function auc(hit: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): number {
  const order = ranked(scores);
  let hitsAbove = 0;
  let misses = 0;
  let won = 0;
  for (let from = 0; from < order.length; ) {
    let hits = 0;
    let missed = 0;
    let to = from;
    for (; to < order.length && scores[order[to]!] === scores[order[from]!]; to++) {
      const weight = weights?.[order[to]!] ?? 1;
      if (hit[order[to]!] === 1) hits += weight;
      else missed += weight;
    }
    won += missed * (hitsAbove + hits / 2);
    hitsAbove += hits;
    misses += missed;
    from = to;
  }
  return won / (hitsAbove * misses);
}

/**
 * Normalised discounted cumulative gain of one group: the gains by falling score, each over log2(1 + place), over the same
 * by falling gain. Rows of equal score share their mean gain. NaN where no row has a gain.
 *
 * @param gains [rows] what a row is worth, >= 0
 * @see Jarvelin and Kekalainen (2002), ACM TOIS 20(4); McSherry and Najork (2008), ECIR, for ties
 */
export function ndcg(gains: ArrayLike<number>, scores: ArrayLike<number>): number {
  return discountedGain(gains, scores) / discountedGain(gains, gains);
}

function discountedGain(gains: ArrayLike<number>, scores: ArrayLike<number>): number {
  const order = ranked(scores);
  let sum = 0;
  for (let from = 0; from < order.length; ) {
    let gain = 0;
    let discount = 0;
    let to = from;
    for (; to < order.length && scores[order[to]!] === scores[order[from]!]; to++) {
      gain += gains[order[to]!]!;
      discount += 1 / Math.log2(to + 2);
    }
    sum += (gain / (to - from)) * discount;
    from = to;
  }
  return sum;
}

/** Row numbers by falling score; ties by row number. */
export function ranked(scores: ArrayLike<number>): Int32Array {
  const order = Int32Array.from({ length: scores.length }, (_, i) => i);
  return order.sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/**
 * Normalised Gini: how well `scores` put the amounts in order; 1 is perfect, 0 is chance. The Lorenz area of `amounts`
 * by falling score over the area by falling amount. Rows of equal score share their mean amount, so that row order
 * does not matter; 0 where all amounts are equal.
 */
export function gini(amounts: ArrayLike<number>, scores: ArrayLike<number>): number {
  const perfect = lorenzArea(amounts, amounts);
  return perfect === 0 ? 0 : lorenzArea(amounts, scores) / perfect;
}

function lorenzArea(amounts: ArrayLike<number>, scores: ArrayLike<number>): number {
  const order = ranked(scores);
  const n = order.length;
  let total = 0;
  for (let i = 0; i < n; i++) total += amounts[i]!;
  if (total === 0) return 0;
  let area = 0;
  for (let from = 0; from < n; ) {
    let to = from;
    let sum = 0;
    for (; to < n && scores[order[to]!] === scores[order[from]!]; to++) sum += amounts[order[to]!]!;
    area += sum * (n - (from + to - 1) / 2);
    from = to;
  }
  return (area / total - (n + 1) / 2) / n;
}

/** Share of `amounts` held by the rows in the top `share` of scores (ceil, ties by row number). */
export function capture(amounts: ArrayLike<number>, scores: ArrayLike<number>, share = 0.1): number {
  const order = ranked(scores);
  const top = Math.ceil(order.length * share);
  let total = 0;
  let caught = 0;
  for (let i = 0; i < order.length; i++) {
    total += amounts[order[i]!]!;
    if (i < top) caught += amounts[order[i]!]!;
  }
  return total === 0 ? 0 : caught / total;
}

/** Ranks from 1, ties by their mean. */
export function meanRanks(values: ArrayLike<number>): Float64Array {
  const order = Int32Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => values[a]! - values[b]! || a - b,
  );
  const out = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) out[order[i]!] = (from + to + 1) / 2;
    from = to;
  }
  return out;
}

/** Pearson correlation; 0 where either is constant. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const meanA = mean(a);
  const meanB = mean(b);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const da = a[i]! - meanA;
    const db = b[i]! - meanB;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

/** Rank correlation, ties by mean rank. */
export const spearman = (a: ArrayLike<number>, b: ArrayLike<number>): number => correlation(meanRanks(a), meanRanks(b));

/** Mean of |a - b|. */
export function meanAbsoluteError(a: ArrayLike<number>, b: ArrayLike<number>, weights?: ArrayLike<number>): number {
  let sum = 0;
  let weightSum = 0;
  for (let i = 0; i < a.length; i++) {
    const weight = weights?.[i] ?? 1;
    sum += weight * Math.abs(a[i]! - b[i]!);
    weightSum += weight;
  }
  return sum / weightSum;
}

/** Square root of the mean of (a - b)^2. */
export function rootMeanSquareError(a: ArrayLike<number>, b: ArrayLike<number>, weights?: ArrayLike<number>): number {
  let sum = 0;
  let weightSum = 0;
  for (let i = 0; i < a.length; i++) {
    const weight = weights?.[i] ?? 1;
    sum += weight * (a[i]! - b[i]!) ** 2;
    weightSum += weight;
  }
  return Math.sqrt(sum / weightSum);
}

/** Mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Population standard deviation. */
export function deviation(values: ArrayLike<number>): number {
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2;
  return Math.sqrt(sum / values.length);
}

/**
 * Quantile of values already in rising order, by linear interpolation (type 7 of Hyndman and Fan 1996, the default of R
 * and NumPy).
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}
