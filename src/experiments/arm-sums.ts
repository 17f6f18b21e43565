/** From rows to the sums of an arm: of its members, or of the clusters that were drawn together. */
import type { MetricColumns } from './columns.ts';
import type { ArmSums, CrossSums } from './moments.ts';

export interface OfArm {
  /** Over members; over clusters, or of weighted members, as a ratio of sums. */
  readonly sums: ArmSums;
  /** Over members as they are; what a covariate is fitted on. */
  readonly plain: ArmSums;
  /** Members with a metric, and those without. */
  readonly n: number;
  readonly missing: number;
  /** Clusters of all members, with a metric or not; undefined without clusters. */
  readonly clusters?: number;
}

/** True where arms are ratios of sums whatever the metric: members hang together, or count unequally. */
export const isGrouped = ({ cluster, weight }: MetricColumns): boolean => cluster !== undefined || weight !== undefined;

/** The sums of the members at `rows`. */
export function sumsOf(columns: MetricColumns, rows: readonly number[]): OfArm {
  const { metric, denominator, covariate, cluster } = columns;
  const below = denominator ?? covariate;
  let [n, sum, squares, missing] = [0, 0, 0, 0];
  const cross = { sum: 0, squares: 0, product: 0 };
  for (const i of rows) {
    const y = metric[i]!;
    const z = below?.[i] ?? 0;
    if (Number.isNaN(y) || Number.isNaN(z)) {
      missing++;
      continue;
    }
    n++;
    sum += y;
    squares += y * y;
    cross.sum += z;
    cross.squares += z * z;
    cross.product += y * z;
  }
  const given: { denominator?: CrossSums; covariate?: CrossSums } =
    denominator !== undefined ? { denominator: cross } : covariate !== undefined ? { covariate: cross } : {};
  const plain = { n, sum, squares, ...given };
  const clusters = cluster === undefined ? {} : { clusters: new Set(rows.map((i) => cluster[i]!)).size };
  return { sums: plain, plain, n, missing, ...clusters };
}

/**
 * The same over clusters and with weights: the arm's mean is the sum of weighted outcomes over that of weights, and varies
 * as a ratio over clusters does. Weights of one over the chance make it the mean that all would have had in the arm.
 *
 * @param theta slope on the covariate, taken off each member before they are added up
 * @param centre mean of the covariate over all arms
 * @see Deng, Knoblich, Lu (2018), Applying the Delta Method in Metric Analytics, section 3; Hajek (1971) for the weighted mean
 */
export function groupedSums(columns: MetricColumns, rows: readonly number[], theta: number, centre: number): ArmSums {
  const { metric, denominator, covariate, weight, cluster } = columns;
  const tops = new Map<number, number>();
  const bottoms = new Map<number, number>();
  for (const i of rows) {
    const y = metric[i]! - (covariate === undefined ? 0 : theta * (covariate[i]! - centre));
    const z = denominator?.[i] ?? 1;
    const w = weight?.[i] ?? 1;
    if (Number.isNaN(y) || Number.isNaN(z) || Number.isNaN(w)) continue;
    const own = cluster === undefined || cluster[i]! < 0 ? -1 - i : cluster[i]!;
    tops.set(own, (tops.get(own) ?? 0) + w * y);
    bottoms.set(own, (bottoms.get(own) ?? 0) + w * z);
  }
  let [sum, squares] = [0, 0];
  const below = { sum: 0, squares: 0, product: 0 };
  for (const [own, y] of tops) {
    const z = bottoms.get(own)!;
    sum += y;
    squares += y * y;
    below.sum += z;
    below.squares += z * z;
    below.product += y * z;
  }
  return { n: tops.size, sum, squares, denominator: below };
}
