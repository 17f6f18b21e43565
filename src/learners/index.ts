import type { AnyLearner } from './learner.ts';
import { linear } from './linear/linear.ts';
import { logistic } from './linear/logistic.ts';
import { svm } from './linear/svm.ts';

export type { Input } from './design.ts';
export type { Aim, AnyLearner, AnySupervised, Fitted, Learner, Supervised, Task } from './learner.ts';
export { likeliest, TASKS } from './learner.ts';
export type { LinearModel, LinearParams } from './linear/linear.ts';
export { fitLinear, linear } from './linear/linear.ts';
export type { LogisticModel, LogisticParams } from './linear/logistic.ts';
export { contributions, fitLogistic, logistic } from './linear/logistic.ts';
export type { SvmModel, SvmParams } from './linear/svm.ts';
export { fitSvm, svm, svmScores } from './linear/svm.ts';
export type { Registry } from './registry.ts';
export { registry } from './registry.ts';
export type { L1Path, L1PathParams, L1PathPoint } from './select/l1-path.ts';
export { l1Path } from './select/l1-path.ts';
export type { Target } from './target.ts';
export { targetOf } from './target.ts';
export type { Interval, Spread } from './validation.ts';
export { bootstrapIntervals, foldOf, innerFoldOf, spreads } from './validation.ts';

/** The learners of this folder, for `registry`. */
export const learners: readonly AnyLearner[] = [logistic, linear, svm];
