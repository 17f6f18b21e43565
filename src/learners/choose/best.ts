/** The learner that chooses: a search over learners and parameters inside the training rows, then a blend of what was found. */
import { known } from '#errors.ts';
import { deviation } from '#kernels/metrics.ts';
import { split } from '#kernels/random.ts';
import { type Table, table, take } from '#table/index.ts';
import { type Calibration, calibrated } from '../calibrate/calibration.ts';
import type { Aim, AnyLearner, Fitted, Supervised } from '../learner.ts';
import { TASKS } from '../learner.ts';
import type { Spread } from '../validation.ts';
import { resampled } from './bag.ts';
import { type Blend, blended } from './blend.ts';
import { type Budget, budgetOf, type Clock } from './budget.ts';
import { canonicalOrder } from './canonical.ts';
import { type BlendKind, blendsOf, combine, type Pool } from './combine.ts';
import { canLearn, fitOn, type Lesson, lessonOf, predictOn } from './cross-validate.ts';
import { type Decision, decided } from './decision.ts';
import { finish } from './finish.ts';
import { type FoldPlan, foldsOf } from './folds.ts';
import { isOfDecision, metricOf } from './score.ts';
import { rungsOf, type Stop, search, type Trial } from './search.ts';
import { SLOW, SPACES, type Space } from './space.ts';

export interface BestParams extends Aim {
  /** Time that search, blend and last fits may take; a fit under way is not cut off. Needs the clock of `bestOf`. */
  readonly minutes?: number;
  /** Fits to a fold that the search may make; the same answer on every machine, which minutes are not. */
  readonly evaluations?: number;
  readonly folds: number;
  /** All rows of one value of this column stand in one fold; it is not learned from. A ranking takes its group. */
  readonly id?: string;
  /** Folds by this column of times, each judged on later rows than it learns from; it is not learned from. */
  readonly time?: string;
  /** In the unit of `time`. */
  readonly timeGap?: number;
  /** Names of the learners to choose among; default: all that can do the task but the slow ones. */
  readonly learners?: readonly string[];
  /** Figure to be good at; default: the main one of the task. */
  readonly metric?: string;
  /** Candidates of a round of the search. */
  readonly candidates: number;
  /** Members that a blend is made of, at most. */
  readonly members: number;
  readonly blend: 'auto' | BlendKind;
  /** Fits of each member, with a seed each, whose predictions are averaged. */
  readonly bags: number;
  /** Each bag but the first is fitted to rows drawn with replacement. */
  readonly bootstrap: boolean;
  readonly calibrate: 'auto' | 'none';
  /** 'auto' tunes the class decision to the metric where it judges classes. */
  readonly decide: 'auto' | 'likeliest';
}

export interface BestMember {
  readonly name: string;
  readonly params: object;
  readonly seed: number;
  readonly model: Fitted;
}

/** One candidate of the search, as it did at its last look. */
export interface CandidateRecord {
  readonly name: string;
  /** Where they differ from the learner's defaults. */
  readonly params: object;
  /** Of the training rows of each fold. */
  readonly share: number;
  /** The search's figure, more is better (a loss with its sign turned); null where it failed. */
  readonly mean: number | null;
  readonly sd: number | null;
  readonly seconds: number;
  readonly failed?: string;
}

/** What was chosen and how. */
export interface Choice {
  /** Figure asked for, and the one that candidates and blends were compared by (log loss stands in for a decision's). */
  readonly metric: string;
  readonly searchedBy: string;
  readonly plan: FoldPlan;
  readonly seed: number;
  readonly rows: number;
  /** Score of the blend on folds that it was not made from; members were chosen on them, so it is a little high. */
  readonly score: Spread;
  readonly blend: BlendKind;
  readonly blends: Readonly<Partial<Record<BlendKind, Spread>>>;
  /** Log loss of each calibration on rows that it was not fitted on. */
  readonly calibrations: Readonly<Record<string, number>>;
  /** Score of each decision by the metric on folds that it was not tuned on. */
  readonly decisions: Readonly<Record<string, Spread>>;
  readonly stopped: Stop;
  /** Members that were chosen but left out, since the time was up. */
  readonly dropped: number;
  readonly evaluations: number;
  readonly seconds: number;
  readonly limits: { readonly minutes?: number; readonly evaluations?: number };
}

export interface BestModel extends Fitted {
  readonly kind: 'best';
  readonly members: readonly BestMember[];
  readonly blend: Blend;
  readonly calibration: Calibration;
  readonly decision: Decision;
  readonly candidates: readonly CandidateRecord[];
  readonly choice: Choice;
}

/** Share of the time that the search may use; the rest is for the blend and the last fits. */
const SEARCH_SHARE = 0.7;

/**
 * A learner that chooses among others by nested cross-validation and blends the best. The model does not depend on the
 * order of the rows, nor on the machine unless `minutes` are met.
 *
 * @param learners to choose among, those that are supervised
 * @param now clock for `minutes` and for the seconds of the record; without it these are 0
 */
export function bestOf(
  learners: readonly AnyLearner[],
  { now, spaces = SPACES }: { now?: Clock; spaces?: Readonly<Record<string, Space>> } = {},
): Supervised<BestParams, BestModel> {
  // Those of `learners` that are told an aim; what else they take is between their defaults and their spaces.
  const supervised = learners.filter((learner): learner is Supervised => 'label' in learner.defaults);
  return {
    name: 'best',
    tasks: TASKS.filter((task) => supervised.some((learner) => canLearn(learner, task))),
    source:
      'Caruana et al. (2004), Ensemble Selection, ICML; Breiman (1996), Stacked Regressions; Jamieson and Talwalkar (2016), AISTATS',
    defaults: {
      task: 'classify',
      label: 'label',
      folds: 5,
      candidates: 24,
      members: 12,
      blend: 'auto',
      bags: 1,
      bootstrap: false,
      calibrate: 'auto',
      decide: 'auto',
    },
    optional: {
      evaluations: 100,
      ...{ id: 'customer', time: 'day', timeGap: 28, learners: ['logistic', 'boosting'], metric: 'auc' },
    },
    fit: (data, params, seed) => fitBest(supervised, data, params, { seed, now, spaces }),
    predict: (model, data) => predictBest(supervised, model, data),
  };
}

/**
 * The class decided in each row, by the tuned decision of the model.
 *
 * @param chances [rows x classes] predictions of the model
 * @returns [rows] index of the class
 */
export const decidedBy = (model: BestModel, chances: Float64Array): Float64Array =>
  decided(model.decision, chances, model.classes.length);

async function fitBest(
  learners: readonly Supervised[],
  data: Table,
  params: BestParams,
  given: { seed: number; now: Clock | undefined; spaces: Readonly<Record<string, Space>> },
): Promise<BestModel> {
  const { seed, now, spaces } = given;
  const metric = metricOf(params.task, params.metric);
  const searchedBy = isOfDecision(metric) ? 'logLoss' : metric;
  const able = ableOf(learners, params);
  const budget = budgetOf({ ...limitsOf(params), now });
  const lesson = lessonInOrder(data, params);
  const plan = planOf(params);
  const folds = foldsOf(lesson.data, plan, split(seed, 'folds'), lesson.target);
  const { trials, stopped } = await search(able, lesson, {
    ...{ folds, metric: searchedBy, seed, budget, spaces },
    timeShare: SEARCH_SHARE,
    rungs: rungsOf(Math.min(...folds.map(({ train }) => train.length))),
    candidates: Math.max(1, params.candidates),
  });
  const chosen = membersOf(trials, params.members);
  const scales = scalesOf(lesson, chosen);
  const pool = poolOf(lesson, chosen, scales, searchedBy);
  const kinds = params.blend === 'auto' ? blendsOf(params.task) : [params.blend];
  const combined = combine(pool, kinds);
  const done = finish(pool, combined.blend, { ...params, metric, seed });
  const fitted = await fitMembers(lesson, chosen, rescaled(combined.blend, scales), { params, seed, budget });
  return {
    kind: 'best',
    task: params.task,
    classes: lesson.classes,
    features: lesson.aim.features.filter((name) => fitted.members.some(({ model }) => model.features.includes(name))),
    members: fitted.members,
    blend: fitted.blend,
    calibration: done.calibration,
    decision: done.decision,
    candidates: trials.map(recordOf),
    choice: {
      ...{ metric, searchedBy, plan, seed, rows: lesson.data.length, stopped },
      score: combined.tried[combined.kind]!,
      blend: combined.kind,
      blends: combined.tried,
      calibrations: done.calibrations,
      decisions: done.decisions,
      dropped: fitted.dropped,
      evaluations: budget.spent,
      seconds: budget.seconds(),
      limits: limitsOf(params),
    },
  };
}

const limitsOf = ({ minutes, evaluations }: BestParams) => ({
  ...(minutes === undefined ? {} : { minutes }),
  ...(evaluations === undefined ? {} : { evaluations }),
});

function ableOf(learners: readonly Supervised[], { task, learners: names }: BestParams): Supervised[] {
  const have = learners.map(({ name }) => name);
  for (const name of names ?? []) if (!have.includes(name)) throw known('LEARNER_UNKNOWN', { name, have });
  const asked = learners.filter(({ name }) => names?.includes(name) ?? !SLOW.includes(name));
  const able = asked.filter((learner) => canLearn(learner, task));
  if (able.length > 0) return able;
  throw known('LEARNER_NONE_FITS', {
    task,
    have: asked.map(({ name }) => name),
    why: 'none of them has this task',
  });
}

/** The columns that matter, in an order of rows that their content decides. */
function lessonInOrder(data: Table, params: BestParams): Lesson {
  const { task, label, weight, group, threads, id, time } = params;
  const beside = [label, weight, group, id, time];
  const features = params.features ?? Object.keys(data.columns).filter((name) => !beside.includes(name));
  for (const name of [...features, ...beside])
    if (name !== undefined && name !== label && data.columns[name] === undefined)
      throw known('FEATURE_MISSING', { feature: name, have: Object.keys(data.columns) });
  const wanted = Object.keys(data.columns).filter((name) => features.includes(name) || beside.includes(name));
  const used = table(Object.fromEntries(wanted.map((name) => [name, data.columns[name]!])));
  return lessonOf(take(used, weighed(used, params)), {
    ...{ task, label, features },
    ...(weight === undefined ? {} : { weight }),
    ...(group === undefined ? {} : { group }),
    ...(threads === undefined ? {} : { threads }),
  });
}

/** The canonical order, less rows of no weight: nothing can be learned from them, nor judged on them. */
function weighed(used: Table, { weight }: BestParams): Int32Array {
  const order = canonicalOrder(used);
  const column = weight === undefined ? undefined : used.columns[weight];
  const kept = column?.kind === 'number' ? order.filter((i) => column.values[i] !== 0) : order;
  return kept.length > 0 ? kept : order;
}

function planOf({ task, folds, id, time, timeGap, group }: BestParams): FoldPlan {
  if (time !== undefined)
    return { by: 'time', column: time, folds, ...(timeGap === undefined ? {} : { gap: timeGap }) };
  const column = id ?? (task === 'rank' ? group : undefined);
  if (column !== undefined) return { by: 'group', column, folds };
  return { by: task === 'classify' || task === 'ordinal' ? 'classes' : 'rows', folds };
}

/** The best of each learner and the best of the rest, seen on all rows; best first. */
function membersOf(trials: readonly Trial[], count: number): Trial[] {
  const full = trials
    .filter(({ share, validated }) => share === 1 && validated !== undefined)
    .sort((a, b) => b.validated!.score.mean - a.validated!.score.mean);
  const firsts = full.filter(
    ({ candidate: { learner } }, at) => full.findIndex((other) => other.candidate.learner === learner) === at,
  );
  const rest = full.filter((trial) => !firsts.includes(trial));
  const kept = [full[0]!, ...firsts.slice(1), ...rest].slice(0, Math.max(1, count));
  return full.filter((trial) => kept.includes(trial));
}

/** Factor of each member: ranking scores are put on one scale before they are blended, by their spread. */
function scalesOf(lesson: Lesson, chosen: readonly Trial[]): number[] {
  return chosen.map(({ validated }) => (lesson.aim.task === 'rank' ? 1 / (deviation(validated!.predicted) || 1) : 1));
}

function poolOf(lesson: Lesson, chosen: readonly Trial[], scales: readonly number[], metric: string): Pool {
  const { rows, foldOfRow } = chosen[0]!.validated!;
  const members = chosen.map(({ validated }, m) =>
    scales[m] === 1 ? validated!.predicted : validated!.predicted.map((score) => score * scales[m]!),
  );
  return { lesson, rows, foldOfRow, members, scores: chosen.map(({ validated }) => validated!.score.mean), metric };
}

const rescaled = (blend: Blend, scales: readonly number[]): Blend => ({
  kind: blend.kind,
  weights: blend.weights.map((weight, m) => weight * scales[m]!),
});

/** Fits the members that have weight to all rows, the weightiest first, as long as the time lasts; at least one. */
async function fitMembers(
  lesson: Lesson,
  chosen: readonly Trial[],
  blend: Blend,
  { params, seed, budget }: { params: BestParams; seed: number; budget: Budget },
): Promise<{ members: BestMember[]; blend: Blend; dropped: number }> {
  const all = Int32Array.from({ length: lesson.data.length }, (_, i) => i);
  const order = chosen.map((trial, at) => ({ trial, weight: blend.weights[at]! })).filter(({ weight }) => weight > 0);
  order.sort((a, b) => b.weight - a.weight);
  if (order.length === 0) order.push({ trial: chosen[0]!, weight: 1 });
  const bags = Math.max(1, Math.floor(params.bags));
  const fitted: { member: BestMember; weight: number }[] = [];
  let kept = 0;
  let dropped = 0;
  for (const { trial, weight } of order) {
    const { learner, params: own } = trial.candidate;
    const expected = (trial.seconds / params.folds) * bags * 1.25;
    if (fitted.length > 0 && budget.secondsLeft() < expected) {
      dropped++;
      continue;
    }
    for (let bag = 0; bag < bags; bag++) {
      const bagSeed = bag === 0 ? seed : split(seed, 'bag', bag);
      const rows = params.bootstrap && bag > 0 ? resampled(all, bagSeed) : all;
      const model = await fitOn(trial.candidate, lesson, rows, bagSeed);
      fitted.push({ member: { name: learner.name, params: own, seed: bagSeed, model }, weight: weight / bags });
    }
    kept += weight;
  }
  const whole = order.reduce((sum, { weight }) => sum + weight, 0);
  const weights = fitted.map(({ weight }) => (dropped === 0 ? weight : (weight * whole) / kept));
  return { members: fitted.map(({ member }) => member), blend: { kind: blend.kind, weights }, dropped };
}

function recordOf({ candidate, share, validated, seconds, failed }: Trial): CandidateRecord {
  return {
    name: candidate.learner.name,
    params: candidate.params,
    share,
    mean: finiteOr(validated?.score.mean),
    sd: finiteOr(validated?.score.sd),
    seconds,
    ...(failed === undefined ? {} : { failed }),
  };
}

const finiteOr = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

function predictBest(learners: readonly Supervised[], model: BestModel, data: Table): Float64Array {
  const told = model.members.map(({ name, model: own }) => {
    const learner = learners.find((other) => other.name === name);
    if (learner === undefined) throw known('LEARNER_UNKNOWN', { name, have: learners.map((other) => other.name) });
    return predictOn(learner, own, data, model.classes);
  });
  const made = blended(model.blend, told, Math.max(model.classes.length, 1));
  return calibrated(model.calibration, made, model.classes.length);
}
