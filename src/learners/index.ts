import type { AnyLearner } from './learner.ts';
import { linear } from './linear/linear.ts';
import { logistic } from './linear/logistic.ts';
import { svm } from './linear/svm.ts';
import { network } from './network/network.ts';
import { boosting } from './trees/boosting.ts';
import { extraTrees, forest } from './trees/forest.ts';

export type { Calibration, CalibrationKind } from './calibrate/calibration.ts';
export { CALIBRATIONS, calibrated, chooseCalibration, fitCalibration } from './calibrate/calibration.ts';
export type { Intervals } from './calibrate/conformal.ts';
export {
  crossIntervals,
  quantileIntervals,
  scoresOf,
  splitIntervals,
  thresholdAt,
  thresholdsByGroup,
} from './calibrate/conformal.ts';
export type { CutGoal, CutOptions } from './calibrate/cut-points.ts';
export { classesByCuts, cutPoints, expectedClass } from './calibrate/cut-points.ts';
export { predictionSets, setScores } from './calibrate/prediction-sets.ts';
export type { ReliabilityBin } from './calibrate/reliability.ts';
export { calibrationError, eventCalibrationError, reliability } from './calibrate/reliability.ts';
export { augmentOf } from './choose/augment.ts';
export { bagOf } from './choose/bag.ts';
export type { BestModel, BestParams } from './choose/best.ts';
export { bestOf, decidedBy } from './choose/best.ts';
export type { ChoiceCard } from './choose/card.ts';
export { choiceCard } from './choose/card.ts';
export type { CrossValidated, Lesson } from './choose/cross-validate.ts';
export { crossValidate, figuresByFold, lessonOf } from './choose/cross-validate.ts';
export type { Fold, FoldPlan } from './choose/folds.ts';
export { foldsOf } from './choose/folds.ts';
export type { CurvePoint, LearningCurve, OverfitWarning } from './choose/learning-curve.ts';
export { learningCurve, overfitWarning } from './choose/learning-curve.ts';
export { isLoss } from './choose/score.ts';
export type { Input } from './design.ts';
export { matrixOf } from './design.ts';
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
export type { Aim, AnyLearner, Fitted, Learner, Supervised, Task } from './learner.ts';
export { likeliest, TASKS } from './learner.ts';
export type { LinearModel, LinearParams } from './linear/linear.ts';
export { fitLinear, linear } from './linear/linear.ts';
export type { LogisticModel, LogisticParams } from './linear/logistic.ts';
export { contributions, fitLogistic, logistic } from './linear/logistic.ts';
export type { SvmModel, SvmParams } from './linear/svm.ts';
export { fitSvm, svm, svmScores } from './linear/svm.ts';
export { hiddenOf, hiddenWidth } from './network/hidden.ts';
export type { NetworkModel, NetworkParams } from './network/network.ts';
export { fitNetwork, network } from './network/network.ts';
export type { Registry } from './registry.ts';
export { registry } from './registry.ts';
export { informationOf } from './select/information.ts';
export type { L1Path, L1PathParams, L1PathPoint } from './select/l1-path.ts';
export { l1Path } from './select/l1-path.ts';
export { permutationImportance } from './select/permutation.ts';
export { byInformation, byL1, stabilitySelection } from './select/stability.ts';
export type { Target } from './target.ts';
export { targetOf } from './target.ts';
export type { BoostingModel, BoostingParams } from './trees/boosting.ts';
export { boosting, fitBoosting } from './trees/boosting.ts';
export type { Link, Tree, TreeEnsemble, TreeInput } from './trees/ensemble.ts';
export type { FittedForest, ForestModel, ForestParams, OutOfBag } from './trees/forest.ts';
export { extraTrees, fitForest, forest } from './trees/forest.ts';
export { leafOf, predictEnsemble, rawScores, readerOf } from './trees/predict.ts';
export type { Outcome, TrialColumns } from './trial.ts';
export { decidedClasses, outcomeOf, taskOf } from './trial.ts';
export type { Interval, Spread } from './validation.ts';
export { bootstrapIntervals, foldOf, innerFoldOf, spreads } from './validation.ts';

/** The learners of this folder, for `registry`. */
export const learners: readonly AnyLearner[] = [logistic, linear, svm, boosting, forest, extraTrees, network];
