/** Models made of trees: what boosting, forest and extra-trees fit, what predicts and what explains them. Plain data. */
import type { Fitted } from '../learner.ts';

/** How one column reaches the trees. */
export interface TreeInput {
  readonly feature: string;
  /** Of a text column: its categories by number; any other text counts as missing. Absent for numbers. */
  readonly categories?: readonly string[];
}

/**
 * One binary tree. Splits are numbered from 0, the root; leaves from 0 on their own. A child >= 0 is a split, below 0 the
 * leaf `-1 - child`. A tree of one leaf has no splits.
 */
export interface Tree {
  /** [splits] index into the inputs. */
  readonly feature: readonly number[];
  /** [splits] a number goes left when it is <= this; of a category split 0. */
  readonly threshold: readonly number[];
  /** [splits] 1 where a missing value goes left. */
  readonly missingLeft: readonly number[];
  /** [splits] of a category split the categories that go left; null for numbers. Absent where no split is by category. */
  readonly leftSets?: readonly (readonly number[] | null)[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** [leaves x width], row-major: what a row of this leaf adds. Width is 1, or the number of classes in a forest. */
  readonly value: readonly number[];
  /** [splits], [leaves] weight of the rows that were here in training. */
  readonly splitCover: readonly number[];
  readonly leafCover: readonly number[];
  /** [splits] fall of the loss (or of the impurity, times the weight) by the split. */
  readonly gain: readonly number[];
}

export const LINKS = ['identity', 'logit', 'softmax', 'log', 'shares', 'ordinal', 'lognormal'] as const;
/**
 * From raw scores to the prediction: identity; logit, one score to two chances; softmax; log, exp of the score; shares, the
 * forest's mean class shares; ordinal, one score and cut points to chances by the logistic of (cut - score); lognormal,
 * (logit of above zero, mean and log of the deviation of the log) to the expected amount.
 */
export type Link = (typeof LINKS)[number];

export interface TreeEnsemble extends Fitted {
  readonly inputs: readonly TreeInput[];
  readonly link: Link;
  /** Raw scores a row: 1, or one a class (softmax, shares), or 3 (lognormal). */
  readonly width: number;
  /** [width] raw score before any tree. */
  readonly base: readonly number[];
  /** Raw score k is base[k] plus, for each tree with index t: its leaf's value when t mod width = k (boosting); or plus
   *  the mean over trees of the leaf's k-th value (forest, `average`). */
  readonly trees: readonly Tree[];
  readonly average: boolean;
  /** ordinal: [classes - 1] rising cut points on the raw score. */
  readonly cuts?: readonly number[];
}

export const isEnsemble = (model: Fitted): model is TreeEnsemble =>
  'trees' in model && 'link' in model && 'inputs' in model;
