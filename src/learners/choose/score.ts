/** One figure of predictions by name, more of it being better, and what the data card calls it. */
import { known } from '#errors.ts';
import { confusion, logLoss, meanAbsoluteError, rootMeanSquareError, tierMetrics } from '#kernels/metrics.ts';
import { type Judged, judge, MAIN_METRIC } from '../judge.ts';
import { likeliest, type Task } from '../learner.ts';

/** Figures of which less is better. */
const LOSSES = ['logLoss', 'rmse', 'mae'];
const DECISIONS = { accuracy: 'accuracy', macroF1: 'macroF1', macroRecall: 'macroRecall', qwk: 'kappa' } as const;

/** Figures by which learners can be chosen, by task. */
export const METRICS: Readonly<Record<Task, readonly string[]>> = {
  classify: ['logLoss', 'accuracy', 'macroF1', 'macroRecall', 'auc', 'gini', 'qwk'],
  ordinal: ['qwk', 'logLoss', 'accuracy', 'macroF1', 'macroRecall', 'auc', 'gini'],
  regress: ['rmse', 'mae', 'gini', 'spearman'],
  rank: ['ndcg'],
};

/**
 * The metric asked for, or the task's main one.
 *
 * @throws METRIC_UNKNOWN
 */
export function metricOf(task: Task, name?: string): string {
  if (name === undefined) return MAIN_METRIC[task].name;
  if (!METRICS[task].includes(name)) throw known('METRIC_UNKNOWN', { name, task, have: METRICS[task] });
  return name;
}

export const isLoss = (metric: string): boolean => LOSSES.includes(metric);

/**
 * The figure, with its sign turned where less is better: more is always better. The figures of a decision, the log loss
 * and the errors are computed alone, since a blend asks for them a thousand times; the others come of `judge`.
 *
 * @returns -Infinity where the rows do not allow the figure (auc of one class)
 */
export function scoreOf(metric: string, judged: Judged): number {
  const { task, classes, predicted, target, weights } = judged;
  if (metric === 'logLoss') return -logLoss(target, predicted, classes.length, weights);
  if (metric === 'rmse') return -rootMeanSquareError(target, predicted, weights);
  if (metric === 'mae') return -meanAbsoluteError(target, predicted, weights);
  if (metric in DECISIONS && (task === 'classify' || task === 'ordinal'))
    return decisionScore(metric, likeliest(predicted, classes.length), judged);
  return judge(judged)[metric] ?? Number.NEGATIVE_INFINITY;
}

/** True where the figure judges the class that is decided, not the chances. */
export const isOfDecision = (metric: string): metric is keyof typeof DECISIONS => metric in DECISIONS;

/** The figure of decided classes. */
export function decisionScore(metric: string, decided: ArrayLike<number>, judged: Judged): number {
  const count = judged.classes.length;
  const figures = tierMetrics(confusion(judged.target, decided, count, judged.weights), count);
  return figures[DECISIONS[metric as keyof typeof DECISIONS]];
}
