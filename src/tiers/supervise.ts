/**
 * Learns the tier of the next period and judges it on a period that no feature saw.
 *
 *   ... history ...|--- period 1 ---|--- period 2 ---| now
 *                 T-2h             T-h               T
 *
 * Judged: chosen and trained on features as of T-2h and what period 1 brought; asked with features as of T-h for the tier
 * of period 2. The tier that is foretold is not the likeliest, which would seldom be a small one: customers are ranked by
 * what is expected of them and cut at the shares that the tiers had in the lesson, as the policy cuts value. Used: the
 * same candidates trained on features as of T-h and period 2; asked with features as of T. Nothing is chosen by period 2:
 * candidates are compared on customers held out of period 1.
 */
import type { Compute } from '#engines/index.ts';
import { fnv1a32, mix32, split } from '#kernels/random.ts';
import type { ReliabilityBin } from '#learners/index.ts';
import type { Table } from '#table/index.ts';
import { realisedBetween, type ValueDays } from '#value/index.ts';
import { chooseTiers, type TierChoice } from './choose.ts';
import { type TierCurve, tierCurve } from './curve.ts';
import { shareCuts, tiersOf } from './cuts.ts';
import {
  calibrationBins,
  calibrationGap,
  compare,
  confusionOf,
  type Difference,
  type Guess,
  guessBy,
  type MethodReport,
} from './evaluate.ts';
import { type FeatureImportance, importanceOf } from './importance.ts';
import { inputsOf } from './inputs.ts';
import { head, type Lesson, teachable } from './lesson.ts';
import type { Policy } from './policy.ts';
import { relativeTo, rowsOf, type Yardstick, yardsticksOf } from './relative.ts';
import type { Moment } from './replay.ts';
import { type Foretold, foretell, type TierModel, trainTiers } from './train.ts';

export interface LearnOptions {
  readonly days: ValueDays;
  readonly history: readonly Moment[];
  readonly policy: Policy;
  readonly horizonDays: number;
  readonly seed: number;
  readonly makeFeatures: (asOf: number, into: string) => Promise<unknown>;
  /** Features table that is made anew for each moment and left as of the last one. */
  readonly scratch: string;
  readonly progress?: (share: number, step: string) => void;
}

export interface Learned {
  /** Absent where history is too short or too uniform. */
  readonly model?: TierModel;
  /** Where the features lay at the last moment. */
  readonly yardsticks: readonly Yardstick[];
  /** [tiers - 1] score above which each tier but the lowest is foretold: expected signed root of the margin. */
  readonly cuts: Float64Array;
  /** Inputs of some or all customers at the last moment, so that they are not read twice. */
  readonly read: { readonly ids: readonly string[]; readonly inputs: Table };
  readonly evaluation: TierEvaluation;
}

export interface TierEvaluation {
  /** Why nothing was learned, where nothing was. */
  readonly fallback?: { readonly code: string; readonly en: string; readonly zh: string };
  readonly judged?: {
    /** Epoch ms of the features that were trained on, and of those that were asked. */
    readonly trainedAsOf: number;
    readonly askedAsOf: number;
    /** End of the judged period. */
    readonly until: number;
    readonly trainedCustomers: number;
    readonly customers: number;
    readonly features: number;
    /** learned, value, past-spend, same-tier, rfm */
    readonly methods: readonly MethodReport[];
    /** The learned tiers less each rule, on the same customers. */
    readonly differences: readonly Difference[];
    /** Of the learned tiers: [actual][foretold] customers. */
    readonly confusion: readonly (readonly number[])[];
    /** Of the learned tiers: mean gap between chances and shares. */
    readonly calibrationGap: number;
    /** [tiers] of bins of customers by the chance they were given. */
    readonly calibration: readonly (readonly ReliabilityBin[])[];
  };
  /** How what is used was chosen: on customers held out of period 1. */
  readonly choice?: TierChoice;
  readonly curve?: TierCurve;
  /** Features by how far they move the scores of the model in use. */
  readonly weights: readonly FeatureImportance[];
}

const TRAINED_MAX = 10_000;
const JUDGED_MAX = 20_000;
const WEIGHED_MAX = 2000;

/** Trains, judges, and trains again for use. Leaves the features of the last moment in `scratch`. */
export async function learnTiers(compute: Compute, options: LearnOptions): Promise<Learned> {
  const now = options.history.at(-1)!;
  const far = momentBack(options, 2);
  const near = momentBack(options, 1);
  if (far === undefined || near === undefined || far.day - options.days.firstDay < Math.min(14, options.horizonDays))
    return nothing(
      'short-history',
      'history is shorter than two horizons and a fortnight',
      '历史数据不足两个周期加两周',
    );
  const first = await lessonAt(compute, far, near.day, TRAINED_MAX, options);
  if (!teachable(first))
    return nothing(
      'few-customers',
      'fewer than 50 customers, or all of one tier, two horizons ago',
      '两个周期前客户不足 50 位或等级单一',
    );
  options.progress?.(0.5, 'features');
  const second = await lessonAt(compute, near, now.day, JUDGED_MAX, options);
  options.progress?.(0.6, 'train');
  const tierCount = options.policy.tiers.length;
  const seed = split(options.seed, 'tiers');
  const { choice, candidates } = chooseTiers(first, { tierCount, seed });
  const curve = tierCurve(first, candidates, { tierCount, seed });
  options.progress?.(0.65, 'train');
  const judged = trainTiers(first, candidates, { tierCount, seed, asked: second });
  const figures = await judgeAll(compute, options, {
    second,
    near,
    far,
    foretold: judged.crossed!,
    model: judged.model,
  });
  const lesson = head(second, TRAINED_MAX);
  const { model } = teachable(lesson) ? trainTiers(lesson, candidates, { tierCount, seed }) : judged;
  options.progress?.(0.7, 'features');
  await options.makeFeatures(now.at, options.scratch);
  const ids = sampled(now.values.standing.customers, JUDGED_MAX);
  const inputs = await inputsOf(compute, options, now, ids);
  const yardsticks = yardsticksOf(inputs);
  const relative = relativeTo(yardsticks, inputs);
  const cuts = shareCuts(foretell(model, relative).score, model.tierShares);
  const few = Int32Array.from({ length: Math.min(ids.length, WEIGHED_MAX) }, (_, i) => i);
  const evaluation = {
    judged: {
      trainedAsOf: far.at,
      askedAsOf: near.at,
      until: now.at,
      trainedCustomers: first.ids.length,
      customers: second.ids.length,
      features: new Set(judged.model.members.flatMap(({ fit }) => fit.features)).size,
      ...figures,
    },
    ...{ choice, curve },
    weights: importanceOf(model, rowsOf(relative, few)),
  };
  return { model, yardsticks, cuts, read: { ids, inputs }, evaluation };
}

function nothing(code: string, en: string, zh: string): Learned {
  const fallback = {
    code,
    en: `no tier could be foretold, the present one stands in: ${en}`,
    zh: `无法预测下一期等级，暂以当前等级代替：${zh}`,
  };
  const read = { ids: [], inputs: { length: 0, columns: {} } };
  return { yardsticks: [], cuts: new Float64Array(0), read, evaluation: { fallback, weights: [] } };
}

const momentBack = ({ history, days, horizonDays }: LearnOptions, horizons: number): Moment | undefined =>
  history.find(({ day }) => day === days.lastDay - horizons * horizonDays);

/** Features as of a moment, and the tier of the margin realised from there to the end of `untilDay`. */
async function lessonAt(
  compute: Compute,
  moment: Moment,
  untilDay: number,
  rowsMax: number,
  options: LearnOptions,
): Promise<Lesson> {
  const { customers } = moment.values.standing;
  const { margin } = await realisedBetween(compute, options.days, customers, moment.day, untilDay);
  const tier = tiersOf(margin, options.policy);
  await options.makeFeatures(moment.at, options.scratch);
  const ids = sampled(customers, rowsMax);
  const row = new Map(customers.map((id, i) => [id, i]));
  const raw = await inputsOf(compute, options, moment, ids);
  return {
    ids,
    features: relativeTo(yardsticksOf(raw), raw),
    tier: Int32Array.from(ids, (id) => tier[row.get(id)!]!),
    margin: Float64Array.from(ids, (id) => margin[row.get(id)!]!),
  };
}

/** At most `max` of the ids, in a shuffled order that depends on the ids alone. */
function sampled(ids: readonly string[], max: number): string[] {
  const keys = new Map(ids.map((id) => [id, mix32(fnv1a32(id))]));
  return [...ids].sort((a, b) => keys.get(a)! - keys.get(b)! || (a < b ? -1 : 1)).slice(0, max);
}

interface Parts {
  readonly second: Lesson;
  readonly near: Moment;
  readonly far: Moment;
  readonly foretold: Foretold;
  readonly model: TierModel;
}

async function judgeAll(compute: Compute, options: LearnOptions, { second, near, far, foretold, model }: Parts) {
  const tierCount = options.policy.tiers.length;
  const shares = model.tierShares;
  const learned = guessBy('learned', foretold.score, shares);
  const row = new Map(near.values.standing.customers.map((id, i) => [id, i]));
  const rows = Int32Array.from(second.ids, (id) => row.get(id)!);
  const simple = await simpleGuesses(compute, options, { near, far, rows, shares });
  return {
    ...compare([learned, ...simple], second, { tierCount, seed: options.seed }),
    confusion: confusionOf(second.tier, learned.tier, tierCount),
    calibrationGap: calibrationGap(foretold.chances, second.tier, tierCount),
    calibration: calibrationBins(foretold.chances, second.tier, tierCount),
  };
}

/** Rules that need no learning, for the judged customers, who are the `rows` of the near moment. */
async function simpleGuesses(
  compute: Compute,
  { days, policy }: LearnOptions,
  { near, far, rows, shares }: { near: Moment; far: Moment; rows: Int32Array; shares: readonly number[] },
): Promise<Guess[]> {
  const { standing, r, f, m, valueMinor } = near.values;
  const before = await realisedBetween(compute, days, standing.customers, far.day, near.day);
  const same = tiersOf(before.margin, policy);
  const of = (score: (row: number) => number) => Float64Array.from(rows, score);
  const own = of((i) => same[i]!);
  const ruled = (method: string, score: (row: number) => number) => guessBy(method, of(score), shares);
  return [
    ruled('value', (i) => valueMinor[i]!),
    ruled('past-spend', (i) => standing.spend[i]!),
    { method: 'same-tier', tier: Int32Array.from(own), score: own },
    ruled('rfm', (i) => r[i]! + f[i]! + m[i]!),
  ];
}
