import type { AnyLearner } from './learner.ts';
import { logistic } from './linear/logistic.ts';
import { boosting } from './trees/boosting.ts';
import { extraTrees, forest } from './trees/forest.ts';

export type { Input } from './design.ts';
export type { CardFeature, Figure, ModelCard } from './files/card.ts';
export { figuresOf, hashOf } from './files/card.ts';
export type { ModelFile } from './files/model-file.ts';
export { readModel, writeModel } from './files/model-file.ts';
export type { OnnxModel } from './files/onnx/model.ts';
export { bindOnnx, portFeatures } from './files/onnx/model.ts';
export type { OnnxFile } from './files/onnx/read.ts';
export { readOnnx } from './files/onnx/read.ts';
export { ONNX_LEARNERS, writeOnnx } from './files/onnx/write.ts';
export type { Judged } from './judge.ts';
export { judge, MAIN_METRIC } from './judge.ts';
export type { Aim, AnyLearner, AnySupervised, Fitted, Learner, Supervised, Task } from './learner.ts';
export { likeliest, TASKS } from './learner.ts';
export type { LogisticModel, LogisticParams } from './linear/logistic.ts';
export { contributions, fitLogistic, logistic } from './linear/logistic.ts';
export type { Registry } from './registry.ts';
export { registry } from './registry.ts';
export type { Target } from './target.ts';
export { targetOf } from './target.ts';
export type { BoostingModel, BoostingParams } from './trees/boosting.ts';
export { boosting, fitBoosting } from './trees/boosting.ts';
export type { Link, Tree, TreeEnsemble, TreeInput } from './trees/ensemble.ts';
export type { FittedForest, ForestModel, ForestParams, OutOfBag } from './trees/forest.ts';
export { extraTrees, fitForest, forest } from './trees/forest.ts';
export { leafOf, predictEnsemble, rawScores, readerOf } from './trees/predict.ts';
export type { Outcome, TrialColumns } from './trial.ts';
export { outcomeOf, taskOf } from './trial.ts';
export type { Interval, Spread } from './validation.ts';
export { bootstrapIntervals, foldOf, innerFoldOf, spreads } from './validation.ts';

/** The learners of this folder, for `registry`. */
export const learners: readonly AnyLearner[] = [logistic, boosting, forest, extraTrees];
