/** One fitted candidate: a number a customer, and what each feature adds to it. */
import { linearShap, pathShap } from '#explain/index.ts';
import {
  type BoostingModel,
  boosting,
  fitBoosting,
  fitLinear,
  fitLogistic,
  type LinearModel,
  type LogisticModel,
  linear,
  logistic,
  rawScores,
} from '#learners/index.ts';
import { numbers, type Table } from '#table/index.ts';
import type { Candidate } from './candidates.ts';
import { OWN_NAMES } from './inputs.ts';
import type { Lesson } from './lesson.ts';
import { signedRoot } from './relative.ts';

export type MemberFit = LinearModel | LogisticModel | BoostingModel;

/**
 * Fits a candidate to a lesson: to the tier or to the signed root of the margin.
 *
 * @param start a like model to start from: sooner there, the same answer
 * @throws LABEL_ONE_CLASS where a learner of classes meets one tier alone
 */
export function fitMember(
  { family, params }: Candidate,
  lesson: Lesson,
  { seed, start }: { seed: number; start?: MemberFit | undefined },
): MemberFit {
  const { columns } = lesson.features;
  const learned =
    family === 'ridge-own'
      ? Object.fromEntries(Object.entries(columns).filter(([n]) => OWN_NAMES.includes(n)))
      : columns;
  const labelled = (label: ArrayLike<number>): Table => ({
    length: lesson.ids.length,
    columns: { ...learned, label: numbers(Float64Array.from(label)) },
  });
  if (family === 'ordinal' || family === 'logistic') {
    const task = family === 'ordinal' ? ('ordinal' as const) : ('classify' as const);
    const all = { ...logistic.defaults, tolerance: 5e-5, iterationsMax: 200, ...params, task };
    return fitLogistic(labelled(lesson.tier), all, start?.kind === 'logistic' ? start : undefined);
  }
  const roots = labelled(lesson.margin.map(signedRoot));
  if (family === 'boosting') return fitBoosting(roots, { ...boosting.defaults, ...params, task: 'regress' }, seed);
  return fitLinear(roots, { ...linear.defaults, ...params });
}

/** A score a row and class, and how the score of the member is made of them. */
const mixOf = ({ classes }: MemberFit, tierRoots: readonly number[]): readonly number[] => {
  const roots = classes.map((name) => tierRoots[Number(name)]!);
  const mean = roots.reduce((sum, root) => sum + root, 0) / Math.max(1, roots.length);
  return roots.map((root) => root - mean);
};

/**
 * What each feature adds to a member's score, in the score's unit, against a customer at the mean (linear models) or of
 * whom nothing is known (trees). With `expected` they add up to the score.
 *
 * Scores: of least squares and trees the expected root of the margin; of an ordinal model its linear score; of one that
 * knows no order its centred log-odds, each times the root of its tier's mean margin less the mean of those roots, which
 * keeps it a sum over features.
 */
export interface MemberEffects {
  readonly features: readonly string[];
  readonly expected: number;
  /** [rows x features], row-major */
  readonly values: Float64Array;
}

/** @param tierRoots [tiers] signed root of the mean margin of each tier */
export function memberEffects(fit: MemberFit, data: Table, tierRoots: readonly number[]): MemberEffects {
  const { features, expected, values, width } = fit.kind === 'boosting' ? pathShap(fit, data) : linearShap(fit, data);
  if (width === 1) return { features, expected: expected[0]!, values };
  const mix = mixOf(fit, tierRoots);
  const out = new Float64Array(data.length * features.length);
  for (let i = 0; i < data.length; i++)
    for (let k = 0; k < width; k++)
      for (let j = 0; j < features.length; j++)
        out[i * features.length + j]! += mix[k]! * values[(i * width + k) * features.length + j]!;
  return { features, expected: mix.reduce((sum, share, k) => sum + share * expected[k]!, 0), values: out };
}

/** The score of each row; see `MemberEffects`. */
export function memberScore(fit: MemberFit, data: Table, tierRoots: readonly number[]): Float64Array {
  if (fit.kind === 'boosting') return rawScores(fit, data);
  if (fit.kind === 'linear') return linear.predict(fit, data);
  const { features, expected, values } = memberEffects(fit, data, tierRoots);
  const width = features.length;
  return Float64Array.from({ length: data.length }, (_, i) => {
    let sum = expected;
    for (let j = i * width; j < (i + 1) * width; j++) sum += values[j]!;
    return sum;
  });
}
