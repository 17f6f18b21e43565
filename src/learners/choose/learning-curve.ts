/** How the score grows with the rows learned from, on those rows and on others; and a warning where the two part. */
import { deviation, mean } from '#kernels/metrics.ts';
import { take } from '#table/index.ts';
import type { Spread } from '../validation.ts';
import { spreads } from '../validation.ts';
import { type Candidate, fitOn, judgedAt, type Lesson, predictOn, spreadOver } from './cross-validate.ts';
import type { Fold } from './folds.ts';
import { metricOf, scoreOf } from './score.ts';

export interface CurvePoint {
  /** Share of the training rows of each fold, and their number on the mean. */
  readonly share: number;
  readonly rows: number;
  /** Scores over the folds, more is better, on the rows learned from and on the fold's others. */
  readonly train: Spread;
  readonly validation: Spread;
}

export interface LearningCurve {
  readonly metric: string;
  /** Score over the folds of a model that knows nothing: the mean of the numbers, the shares of the classes. */
  readonly baseline: Spread;
  /** By rising share. */
  readonly points: readonly CurvePoint[];
  /** Judged rows of a fold over rows learned from, for the error of a mean over folds. */
  readonly testShare: number;
}

/**
 * Fits a candidate on growing shares of each fold's training rows.
 *
 * @param shares default 0.1, 0.25, 0.5, 1
 */
export async function learningCurve(
  candidate: Candidate,
  lesson: Lesson,
  given: {
    readonly folds: readonly Fold[];
    readonly seed: number;
    readonly metric?: string;
    readonly shares?: readonly number[];
  },
): Promise<LearningCurve> {
  const { folds, seed, shares = [0.1, 0.25, 0.5, 1] } = given;
  const metric = metricOf(lesson.aim.task, given.metric);
  const points: CurvePoint[] = [];
  for (const share of shares.toSorted((a, b) => a - b)) {
    const scores: { train: number; validation: number; rows: number }[] = [];
    for (const { train, test } of folds) {
      const rows = spreadOver(train, share);
      const model = await fitOn(candidate, lesson, rows, seed);
      const scoreAt = (at: Int32Array) => {
        const predicted = predictOn(candidate.learner, model, take(lesson.data, at), lesson.classes);
        return scoreOf(metric, judgedAt(lesson, at, predicted));
      };
      scores.push({ train: scoreAt(rows), validation: scoreAt(test), rows: rows.length });
    }
    const { train, validation, rows } = spreads(scores);
    points.push({ share, rows: rows.mean, train, validation });
  }
  const baseline = folds.map(({ train, test }) => ({
    score: scoreOf(metric, judgedAt(lesson, test, ignorant(lesson, train, test.length))),
  }));
  const testShare = mean(folds.map(({ train, test }) => test.length / train.length));
  return { metric, baseline: spreads(baseline).score, points, testShare };
}

/** Predictions [rows x width] that know the label's mean or shares in the training rows, and nothing else. */
function ignorant({ target, weights, width, classes }: Lesson, train: Int32Array, rows: number): Float64Array {
  const level = new Float64Array(width);
  let total = 0;
  for (const i of train) {
    const weight = weights[i]!;
    total += weight;
    if (classes.length > 0) level[target[i]!]! += weight;
    else level[0]! += weight * target[i]!;
  }
  return Float64Array.from({ length: rows * width }, (_, at) => (total > 0 ? level[at % width]! / total : 1 / width));
}

export interface OverfitWarning {
  /**
   * Share of what the model gains over knowing nothing on the rows that it learned from that is lost on others: 0 is a model
   * that holds what it shows, 1 one that has learned by heart.
   */
  readonly lost: number;
  /** Lower end of `lost` by the spread over folds, one-sided 95 %. */
  readonly lostAtLeast: number;
  /** Whether the validation score still rose, by more than its error, from the last share but one: more rows would help. */
  readonly isRising: boolean;
  readonly message: string;
}

/** One-sided 95 % quantiles of Student's t by degrees of freedom from 1; 1.645 beyond. */
const STUDENT = [6.314, 2.92, 2.353, 2.132, 2.015, 1.943, 1.895, 1.86, 1.833, 1.812];

/**
 * A warning where at least `least` of the gain shown in training is lost on other rows, by more than the folds' spread can
 * explain; undefined where not. The error of a mean over folds counts that the folds share rows.
 *
 * @param least default 0.25
 * @see Nadeau and Bengio (2003), Inference for the Generalization Error, Machine Learning 52, for the error
 */
export function overfitWarning(
  curve: LearningCurve,
  { least = 0.25 }: { least?: number } = {},
): OverfitWarning | undefined {
  const { points, baseline, testShare, metric } = curve;
  const last = points.at(-1);
  if (last === undefined || last.train.folds.length < 2) return undefined;
  const folds = last.train.folds.length;
  const lost = last.train.folds.map((train, fold) => {
    const gained = train - baseline.folds[fold]!;
    return gained > 0 ? (train - last.validation.folds[fold]!) / gained : 0;
  });
  const errorOf = (values: readonly number[]) =>
    deviation(values) * Math.sqrt(folds / (folds - 1)) * Math.sqrt(1 / folds + testShare);
  const quantile = STUDENT[folds - 2] ?? 1.645;
  const lostAtLeast = mean(lost) - quantile * errorOf(lost);
  if (!(lostAtLeast > least)) return undefined;
  const before = points.at(-2);
  const steps = before?.validation.folds.map((score, fold) => last.validation.folds[fold]! - score) ?? [0, 0];
  const isRising = mean(steps) > quantile * errorOf(steps);
  const told = (score: number) => Number(score.toPrecision(3));
  return {
    lost: mean(lost),
    lostAtLeast,
    isRising,
    message:
      `${metric} is ${told(last.train.mean)} on the rows learned from, ${told(last.validation.mean)} on others and ` +
      `${told(baseline.mean)} without a model: ${Math.round(100 * mean(lost))} % of the gain is lost (at least ` +
      `${Math.round(100 * lostAtLeast)} %). ${isRising ? 'More rows would help; else fewer or' : 'More rows do not help: use fewer or'} ` +
      'stronger-held parameters.',
  };
}
