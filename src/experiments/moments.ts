/** What an analysis needs of an arm: sums, which add up over days and machines. */

/** Sums over the members of one arm. */
export interface ArmSums {
  /** Members. */
  readonly n: number;
  /** Of the metric, and of its squares. */
  readonly sum: number;
  readonly squares: number;
  /** Of a denominator (orders of revenue per order), of its squares, and of metric times denominator. */
  readonly denominator?: CrossSums;
  /** The same of a covariate known before the experiment. */
  readonly covariate?: CrossSums;
}

export interface CrossSums {
  readonly sum: number;
  readonly squares: number;
  readonly product: number;
}

/** Sums of two parts of one arm. */
export function addSums(a: ArmSums, b: ArmSums): ArmSums {
  const cross = (x: CrossSums | undefined, y: CrossSums | undefined): CrossSums | undefined =>
    x === undefined || y === undefined
      ? undefined
      : { sum: x.sum + y.sum, squares: x.squares + y.squares, product: x.product + y.product };
  const denominator = cross(a.denominator, b.denominator);
  const covariate = cross(a.covariate, b.covariate);
  return {
    ...{ n: a.n + b.n, sum: a.sum + b.sum, squares: a.squares + b.squares },
    ...(denominator === undefined ? {} : { denominator }),
    ...(covariate === undefined ? {} : { covariate }),
  };
}

/** What comparisons are made of. */
export interface Statistic {
  readonly n: number;
  /** Of the metric, less what the covariate explains; differences are of these. */
  readonly mean: number;
  /** Of the metric as it is; relative differences are told against it. */
  readonly plainMean: number;
  /** Of one member, around `mean`; of a ratio by the delta method. */
  readonly variance: number;
}

export interface StatisticOptions {
  /** The metric is 0 or 1 for each member: its variance is p (1 - p). */
  readonly binary?: boolean;
  /** Slope on the covariate, of `thetaOf`. */
  readonly theta?: number;
}

/**
 * The statistic of an arm: a mean, a ratio of sums where there is a denominator, or a mean less theta times that of the
 * covariate (CUPED).
 *
 * @see Deng, Xu, Kohavi, Walker (2013), Improving the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data
 * @see Deng, Knoblich, Lu (2018), Applying the Delta Method in Metric Analytics, section 2
 */
export function statisticOf(arm: ArmSums, { binary = false, theta = 0 }: StatisticOptions = {}): Statistic {
  const { n, sum, squares, denominator, covariate } = arm;
  const mean = n === 0 ? 0 : sum / n;
  if (denominator !== undefined) return ratioOf(arm, denominator);
  if (binary) return { n, mean, plainMean: mean, variance: mean * (1 - mean) };
  const variance = spread(n, sum, sum, squares);
  if (covariate === undefined || theta === 0) return { n, mean, plainMean: mean, variance };
  return {
    n,
    mean: mean - (theta * covariate.sum) / Math.max(1, n),
    plainMean: mean,
    variance:
      variance +
      theta ** 2 * spread(n, covariate.sum, covariate.sum, covariate.squares) -
      2 * theta * spread(n, sum, covariate.sum, covariate.product),
  };
}

function ratioOf({ n, sum, squares }: ArmSums, below: CrossSums): Statistic {
  // nobody has anything to divide by: there is no ratio
  if (below.sum === 0) return { n: 0, mean: 0, plainMean: 0, variance: 0 };
  const mean = sum / below.sum;
  const mass = below.sum / n;
  const top = spread(n, sum, sum, squares);
  const bottom = spread(n, below.sum, below.sum, below.squares);
  const both = spread(n, sum, below.sum, below.product);
  return { n, mean, plainMean: mean, variance: (top - 2 * mean * both + mean ** 2 * bottom) / mass ** 2 };
}

/** Unbiased (co)variance from sums; 0 for fewer than two. */
const spread = (n: number, sumX: number, sumY: number, product: number): number =>
  n < 2 ? 0 : (product - (sumX * sumY) / n) / (n - 1);

/** The slope of metric on covariate over all arms together; 0 where the covariate does not vary. */
export function thetaOf(arms: readonly ArmSums[]): number {
  const [first, ...rest] = arms;
  if (first === undefined) return 0;
  const { n, sum, covariate } = rest.reduce(addSums, first);
  if (covariate === undefined) return 0;
  const variance = spread(n, covariate.sum, covariate.sum, covariate.squares);
  return variance > 0 ? spread(n, sum, covariate.sum, covariate.product) / variance : 0;
}
