/** What the choice is made from: learners with their settings, each of which gives one number that rises with the next margin. */

export const FAMILIES = ['ridge', 'ridge-own', 'ordinal', 'logistic', 'boosting', 'extra-trees'] as const;
/**
 * ridge: least squares of the root of the margin; ridge-own: the same on the model's own inputs alone; ordinal and
 * logistic: of the tier, with its order and without; boosting and extra-trees: trees on the root of the margin.
 */
export type Family = (typeof FAMILIES)[number];

/** Plain data. */
export interface Candidate {
  readonly name: string;
  readonly family: Family;
  /** Name in the registry. */
  readonly learner: 'linear' | 'logistic' | 'boosting' | 'extra-trees';
  /** Where they differ from the learner's defaults. */
  readonly params: Readonly<Record<string, number>>;
}

const penalised = (family: Family, learner: Candidate['learner'], penalties: readonly number[]): Candidate[] =>
  penalties.map((l2) => ({ name: `${family}-${l2}`, family, learner, params: { l2 } }));

const SHALLOW = {
  ...{ trees: 150, learningRate: 0.05, leaves: 4, minRows: 40, l2: 5 },
  ...{ featureShare: 0.3, rowShare: 0.6, bins: 63, lookAhead: 0 },
};

/** A short list, so that a run stays quick; within a family from the strongest penalty to the weakest. */
export const CANDIDATES: readonly Candidate[] = [
  ...penalised('ridge', 'linear', [3000, 1000, 300, 100]),
  ...penalised('ridge-own', 'linear', [300, 30]),
  ...penalised('ordinal', 'logistic', [1000, 200, 50]),
  ...penalised('logistic', 'logistic', [500, 50]),
  { name: 'boosting-4', family: 'boosting', learner: 'boosting', params: SHALLOW },
  {
    ...{ name: 'extra-trees-60', family: 'extra-trees', learner: 'extra-trees' },
    params: { trees: 60, minRows: 20, featureShare: 0.25, bins: 63 },
  },
];
