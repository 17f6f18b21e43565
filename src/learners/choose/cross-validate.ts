/** Out-of-fold predictions: each row foretold by a model that did not learn from it. */
import { known } from '#errors.ts';
import type { Table } from '#table/index.ts';
import { take } from '#table/index.ts';
import { type Judged, judge } from '../judge.ts';
import type { Aim, Fitted, Supervised } from '../learner.ts';
import { targetOf } from '../target.ts';
import type { Spread } from '../validation.ts';
import { spreads } from '../validation.ts';
import type { Fold } from './folds.ts';
import { metricOf, scoreOf } from './score.ts';

/** A table with its label read, as choices need it. */
export interface Lesson {
  readonly data: Table;
  readonly aim: Aim & { readonly features: readonly string[] };
  readonly classes: readonly string[];
  /** Numbers a row of predictions: classes, or 1. */
  readonly width: number;
  readonly target: Float64Array;
  readonly weights: Float64Array;
  readonly groups: Int32Array | undefined;
}

/**
 * Reads the label of a table once for all candidates.
 *
 * @throws as `targetOf`
 */
export function lessonOf(data: Table, aim: Aim): Lesson {
  const { features, classes, label, weights, groups } = targetOf(data, aim);
  return {
    data,
    aim: { ...aim, features },
    classes,
    width: Math.max(classes.length, 1),
    target: label,
    weights,
    groups,
  };
}

/** A learner with its parameters; the aim is set by who uses it. */
export interface Candidate {
  readonly learner: Supervised;
  readonly params: object;
}

/**
 * Fits a candidate to some rows of a lesson. A learner of classes that knows no order is told to tell them apart.
 */
export async function fitOn({ learner, params }: Candidate, lesson: Lesson, rows: Int32Array, seed: number) {
  const { aim, data } = lesson;
  const task = aim.task === 'ordinal' && !learner.tasks.includes('ordinal') ? 'classify' : aim.task;
  return learner.fit(take(data, rows), { ...learner.defaults, ...params, ...aim, task }, seed);
}

/** True where the learner can do the task, or one that its answers can be read as. */
export const canLearn = (learner: Supervised, task: Aim['task']): boolean =>
  learner.tasks.includes(task) || (task === 'ordinal' && learner.tasks.includes('classify'));

/**
 * Predictions [rows x width] in the classes of the lesson: a class that the model has not met gets no chance.
 *
 * @throws RangeError where a prediction is not a finite number
 */
export function predictOn(learner: Supervised, model: Fitted, data: Table, classes: readonly string[]): Float64Array {
  const own = learner.predict(model, data);
  for (const value of own) if (!Number.isFinite(value)) throw new RangeError(`${learner.name} predicts ${value}`);
  if (model.classes.length === classes.length) return own;
  const width = model.classes.length;
  const places = model.classes.map((name) => classes.indexOf(name));
  const out = new Float64Array(data.length * classes.length);
  for (let i = 0; i < data.length; i++)
    for (let k = 0; k < width; k++) out[i * classes.length + places[k]!] = own[i * width + k]!;
  return out;
}

/** What `judge` asks for, of some rows. */
export function judgedAt(lesson: Lesson, rows: Int32Array, predicted: Float64Array): Judged {
  const { aim, classes, target, weights, groups } = lesson;
  return {
    task: aim.task,
    classes,
    predicted,
    target: Float64Array.from(rows, (i) => target[i]!),
    ...(aim.weight === undefined ? {} : { weights: Float64Array.from(rows, (i) => weights[i]!) }),
    ...(groups === undefined ? {} : { groups: Int32Array.from(rows, (i) => groups[i]!) }),
  };
}

export interface CrossValidated {
  /** [judged rows x width] by the model of the fold that does not hold the row. */
  readonly predicted: Float64Array;
  /** Row numbers of `predicted`, rising: all rows, or those of the test parts of time folds. */
  readonly rows: Int32Array;
  /** [judged rows] */
  readonly foldOfRow: Int32Array;
  /** The score of each fold that the metric can judge, more is better. */
  readonly score: Spread;
  readonly metric: string;
}

/**
 * Cross-validates a candidate.
 *
 * @param metric default: the main one of the task
 * @param share of the rows of each training part that are learned from, the first of them: for a cheap look; default 1
 */
export async function crossValidate(
  candidate: Candidate,
  lesson: Lesson,
  given: { readonly folds: readonly Fold[]; readonly seed: number; readonly metric?: string; readonly share?: number },
): Promise<CrossValidated> {
  const { folds, seed, share = 1 } = given;
  const metric = metricOf(lesson.aim.task, given.metric);
  const { width } = lesson;
  const foldOf = new Int32Array(lesson.data.length).fill(-1);
  const all = new Float64Array(lesson.data.length * width);
  const scores: number[] = [];
  for (const [fold, { train, test }] of folds.entries()) {
    const model = await fitOn(candidate, lesson, spreadOver(train, share), seed);
    const predicted = predictOn(candidate.learner, model, take(lesson.data, test), lesson.classes);
    scores.push(scoreOf(metric, judgedAt(lesson, test, predicted)));
    for (const [at, i] of test.entries()) {
      foldOf[i] = fold;
      for (let k = 0; k < width; k++) all[i * width + k] = predicted[at * width + k]!;
    }
  }
  const rows = Int32Array.from(foldOf, (_, i) => i).filter((i) => foldOf[i]! >= 0);
  return {
    predicted: rows.length === lesson.data.length ? all : gathered(all, rows, width),
    rows,
    foldOfRow: Int32Array.from(rows, (i) => foldOf[i]!),
    score: spreadOfScores(scores, metric, folds.length),
    metric,
  };
}

/** Spread over the folds of every figure of `judge` that each fold allows, of out-of-fold predictions; losses as they are. */
export function figuresByFold(lesson: Lesson, { predicted, rows, foldOfRow }: CrossValidated): Record<string, Spread> {
  const { width } = lesson;
  const folds = [...new Set(foldOfRow)].sort((a, b) => a - b);
  const figures = folds.map((fold) => {
    const places = Int32Array.from(rows, (_, at) => at).filter((at) => foldOfRow[at] === fold);
    const own = gathered(predicted, places, width);
    return judge(
      judgedAt(
        lesson,
        Int32Array.from(places, (at) => rows[at]!),
        own,
      ),
    );
  });
  const names = Object.keys(figures[0] ?? {}).filter((name) => figures.every((own) => name in own));
  return spreads(figures.map((own) => Object.fromEntries(names.map((name) => [name, own[name]!]))));
}

/**
 * Spread over the folds that the figure can judge (auc needs two classes).
 *
 * @throws FOLDS_IMPOSSIBLE where it can judge none
 */
export function spreadOfScores(scores: readonly number[], metric: string, folds: number): Spread {
  const judged = scores.filter(Number.isFinite);
  if (judged.length === 0)
    throw known('FOLDS_IMPOSSIBLE', { folds, by: 'rows', part: `no rows that ${metric} can judge`, fold: 1 });
  return spreads(judged.map((score) => ({ score }))).score;
}

/** A share of row numbers, spread evenly over them: it keeps the order of time and the mix of a shuffle. */
export function spreadOver(rows: Int32Array, share: number): Int32Array {
  if (share >= 1) return rows;
  const count = Math.max(1, Math.round(rows.length * share));
  return Int32Array.from({ length: count }, (_, at) => rows[Math.floor((at * rows.length) / count)]!);
}

function gathered(values: Float64Array, rows: Int32Array, width: number): Float64Array {
  const out = new Float64Array(rows.length * width);
  for (const [at, i] of rows.entries()) out.set(values.subarray(i * width, (i + 1) * width), at * width);
  return out;
}
