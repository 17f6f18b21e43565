import type { AnyLearner } from './learner.ts';
import { logistic } from './logistic.ts';

export type { Input } from './design.ts';
export type { AnyLearner, Classifier, Learner } from './learner.ts';
export type { LogisticModel, LogisticParams } from './logistic.ts';
export { contributions, fitLogistic, logistic } from './logistic.ts';
export type { Registry } from './registry.ts';
export { registry } from './registry.ts';
export type { Interval, Spread } from './validation.ts';
export { bootstrapIntervals, foldOf, innerFoldOf, spreads } from './validation.ts';

/** The learners of this folder, for `registry`. */
export const learners: readonly AnyLearner[] = [logistic];
