/** One fitted candidate: a number a customer, and what each feature adds to it. */
import { type Attributions, linearShap, pathShap } from '#explain/index.ts';
import {
  type BoostingModel,
  boosting,
  extraTrees,
  type ForestModel,
  fitBoosting,
  fitForest,
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

/** Gives one score a row; plain data. */
/** Fits are many and small: a second thread would cost more to start than it saves. The answers are the same. */
const QUICK = { threads: 1 } as const;

export type MemberFit = LinearModel | BoostingModel | ForestModel;

export interface Fitting {
  readonly seed: number;
  /** [tiers] signed root of the mean margin of each tier of the whole lesson. */
  readonly tierRoots: readonly number[];
  /** A like fit to start from: sooner there, the same answer. */
  readonly start?: LogisticModel | undefined;
}

/**
 * Fits a candidate to a lesson: to the tier or to the signed root of the margin.
 *
 * Its score: of least squares and trees the expected root of the margin; of an ordinal model its linear score; of one that
 * knows no order its centred log-odds, each times the root of its tier's mean margin less the mean of those roots. So the
 * score of all but trees is a sum over features.
 *
 * @throws LABEL_ONE_CLASS where a learner of classes meets one tier alone
 */
export function fitMember(
  { family, params }: Candidate,
  lesson: Lesson,
  { seed, tierRoots, start }: Fitting,
): { readonly fit: MemberFit; readonly start?: LogisticModel } {
  const { columns } = lesson.features;
  const own = Object.fromEntries(Object.entries(columns).filter(([name]) => OWN_NAMES.includes(name)));
  const labelled = (label: ArrayLike<number>): Table => ({
    length: lesson.ids.length,
    columns: { ...(family === 'ridge-own' ? own : columns), label: numbers(Float64Array.from(label)) },
  });
  if (family === 'ordinal' || family === 'logistic') {
    const task = family === 'ordinal' ? ('ordinal' as const) : ('classify' as const);
    const all = { ...logistic.defaults, tolerance: 5e-5, iterationsMax: 200, ...params, ...QUICK, task };
    const found = fitLogistic(labelled(lesson.tier), all, start);
    return { fit: planeOf(found, tierRoots), start: found };
  }
  const roots = labelled(lesson.margin.map(signedRoot));
  if (family === 'boosting')
    return { fit: fitBoosting(roots, { ...boosting.defaults, ...params, ...QUICK, task: 'regress' }, seed) };
  if (family === 'extra-trees') {
    const all = { ...extraTrees.defaults, ...params, ...QUICK, task: 'regress' as const };
    return { fit: fitForest('extra-trees', roots, all, seed).model };
  }
  return { fit: fitLinear(roots, { ...linear.defaults, ...params, ...QUICK }) };
}

/** The score of a model of classes as a linear model. */
function planeOf(model: LogisticModel, tierRoots: readonly number[]): LinearModel {
  const { features, signedLog, inputs, coefficients, intercepts, l1 = 0, l2, rows, converged } = model;
  const roots = model.classes.map((name) => tierRoots[Number(name)]!);
  const mean = roots.reduce((sum, root) => sum + root, 0) / roots.length;
  const mixed = (row: readonly number[]) => row.reduce((sum, c, k) => sum + c * (roots[k]! - mean), 0);
  const isOrdinal = model.cuts !== undefined;
  return {
    ...{ kind: 'linear', task: 'regress', classes: [], features, signedLog, inputs, l1, l2, rows, converged },
    coefficients: coefficients.map((row) => (isOrdinal ? row[0]! : mixed(row))),
    intercept: isOrdinal ? 0 : mixed(intercepts),
  };
}

/** The score of each row. */
export const memberScore = (fit: MemberFit, data: Table): Float64Array =>
  fit.kind === 'linear' ? linear.predict(fit, data) : rawScores(fit, data, 1);

/**
 * What each feature adds to the score of each row, against a customer at the mean (linear models) or of whom nothing is
 * known (trees): one score a row.
 */
export const memberEffects = (fit: MemberFit, data: Table): Attributions =>
  fit.kind === 'linear' ? linearShap(fit, data) : pathShap(fit, data, QUICK);
