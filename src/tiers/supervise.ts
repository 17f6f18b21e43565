/**
 * Learns the tier of the next period and judges it on a period that no feature saw.
 *
 *   ... history ...|--- period 1 ---|--- period 2 ---| now
 *                 T-2h             T-h               T
 *
 * Judged: trained on features as of T-2h and the tier of the margin realised in period 1; asked with features as of T-h
 * for the tier of period 2. The tier that is foretold is not the likeliest, which would seldom be a small one: customers
 * are ranked by expected margin and cut at the shares that the tiers had in the lesson, as the policy cuts value. Used: trained on features as of T-h and period 2; asked with features as of T. Nothing is
 * chosen by period 2: the penalty comes from customers held out of period 1.
 */
import type { Compute } from '#engines/index.ts';
import { confusion } from '#kernels/metrics.ts';
import { fnv1a32, mix32 } from '#kernels/random.ts';
import { numbers, type Table } from '#table/index.ts';
import { realisedBetween, type ValueDays } from '#value/index.ts';
import { shareCuts, tiersOf } from './assign.ts';
import { calibrationGap, crossed, type Guess, guessBy, type MethodReport, report } from './evaluate.ts';
import type { Policy } from './policy.ts';
import type { FeatureWords } from './reasons.ts';
import { readFeatures, relativeTo, type Yardstick, yardsticksOf } from './relative.ts';
import type { Moment } from './replay.ts';
import { choosePenalty, foretell, type Lesson, pick, type TierModel, teachable, trainTiers } from './train.ts';

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
  /** [tiers - 1] expected margin above which each tier but the lowest is foretold, minor units. */
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
    readonly l2: number;
    /** logistic, value, past-spend, same-tier, rfm */
    readonly methods: readonly MethodReport[];
    /** Of logistic: [actual][foretold] customers. */
    readonly confusion: readonly (readonly number[])[];
    /** Of logistic: mean gap between chances and shares. */
    readonly calibrationGap: number;
  };
  /** Features by the size of their coefficients in the model in use. */
  readonly weights: readonly { readonly feature: string; readonly weight: number }[];
}

const TRAINED_MAX = 10_000;
const JUDGED_MAX = 20_000;

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
  const l2 = choosePenalty(first, tierCount);
  const whole = trainTiers(first, l2, tierCount);
  const methods = await judgeAll(compute, options, { first, second, near, far, whole });
  const lesson = second.ids.length > TRAINED_MAX ? head(second, TRAINED_MAX) : second;
  const model = teachable(lesson) ? trainTiers(lesson, l2, tierCount, whole) : whole;
  options.progress?.(0.7, 'features');
  await options.makeFeatures(now.at, options.scratch);
  const ids = sampled(now.values.standing.customers, JUDGED_MAX);
  const inputs = await inputsOf(compute, options, now, ids);
  const yardsticks = yardsticksOf(inputs);
  const cuts = shareCuts(foretell(model, relativeTo(yardsticks, inputs)).margin, model.tierShares);
  const judged = {
    trainedAsOf: far.at,
    askedAsOf: near.at,
    until: now.at,
    trainedCustomers: first.ids.length,
    customers: second.ids.length,
    features: new Set(whole.logistic.inputs.map(({ feature }) => feature)).size,
    l2,
    ...methods,
  };
  return { model, yardsticks, cuts, read: { ids, inputs }, evaluation: { judged, weights: weightsOf(model) } };
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

/** What the model is told beside the features: the estimates of value as of the same moment, and the last period's margin. */
export const OWN_INPUTS: readonly FeatureWords[] = [
  { name: 'value_minor', unit: 'minor', about: { en: 'expected margin', zh: '预期毛利' } },
  { name: 'expected_orders', unit: 'count', about: { en: 'expected orders', zh: '预期订单数' } },
  { name: 'p_alive', unit: 'share', about: { en: 'chance of still being a customer', zh: '仍为活跃客户的概率' } },
  { name: 'period_margin', unit: 'minor', about: { en: 'margin in the last period', zh: '上一周期毛利' } },
];

/** Features of the scratch table and the model's own inputs, for `ids` in their order, as of a moment. */
export async function inputsOf(
  compute: Compute,
  { scratch, days, horizonDays }: Pick<LearnOptions, 'scratch' | 'days' | 'horizonDays'>,
  moment: Moment,
  ids: readonly string[],
): Promise<Table> {
  const features = await readFeatures(compute, scratch, ids);
  const { standing, valueMinor, forecast } = moment.values;
  const row = new Map(standing.customers.map((id, i) => [id, i]));
  const placed = (values: Float64Array) => numbers(ids.map((id) => values[row.get(id)!]));
  const { margin } = await realisedBetween(compute, days, ids, moment.day - horizonDays, moment.day);
  const own = {
    value_minor: placed(valueMinor),
    expected_orders: placed(forecast.purchases),
    p_alive: placed(forecast.alive),
    period_margin: numbers(margin),
  };
  return { length: ids.length, columns: { ...features.columns, ...own } };
}

/** At most `max` of the ids, in a shuffled order that depends on the ids alone. */
function sampled(ids: readonly string[], max: number): string[] {
  const keys = new Map(ids.map((id) => [id, mix32(fnv1a32(id))]));
  return [...ids].sort((a, b) => keys.get(a)! - keys.get(b)! || (a < b ? -1 : 1)).slice(0, max);
}

function head(lesson: Lesson, size: number): Lesson {
  return pick(
    lesson,
    Int32Array.from({ length: size }, (_, i) => i),
  );
}

interface Parts {
  readonly first: Lesson;
  readonly second: Lesson;
  readonly near: Moment;
  readonly far: Moment;
  readonly whole: TierModel;
}

async function judgeAll(compute: Compute, options: LearnOptions, { first, second, near, far, whole }: Parts) {
  const { policy, seed } = options;
  const tierCount = policy.tiers.length;
  const { chances, margin } = crossed(first, second, whole);
  const guess = guessBy(margin, whole.tierShares);
  const row = new Map(near.values.standing.customers.map((id, i) => [id, i]));
  const rows = Int32Array.from(second.ids, (id) => row.get(id)!);
  const simple = await simpleGuesses(compute, options, { near, far, rows, shares: whole.tierShares });
  const methods = [{ method: 'logistic', ...guess }, ...simple].map(({ method, ...own }) =>
    report(method, own, second, tierCount, seed),
  );
  const counts = confusion(second.tier, guess.tier, tierCount);
  return {
    methods,
    confusion: policy.tiers.map((_, k) => Array.from(counts.subarray(k * tierCount, (k + 1) * tierCount))),
    calibrationGap: calibrationGap(chances, second.tier, tierCount),
  };
}

/** Rules that need no learning, for the judged customers, who are the `rows` of the near moment. */
async function simpleGuesses(
  compute: Compute,
  { days, policy }: LearnOptions,
  { near, far, rows, shares }: { near: Moment; far: Moment; rows: Int32Array; shares: readonly number[] },
): Promise<(Guess & { method: string })[]> {
  const { standing, r, f, m, valueMinor } = near.values;
  const before = await realisedBetween(compute, days, standing.customers, far.day, near.day);
  const same = tiersOf(before.margin, policy);
  const of = (score: (row: number) => number) => Float64Array.from(rows, score);
  const own = of((i) => same[i]!);
  return [
    {
      method: 'value',
      ...guessBy(
        of((i) => valueMinor[i]!),
        shares,
      ),
    },
    {
      method: 'past-spend',
      ...guessBy(
        of((i) => standing.spend[i]!),
        shares,
      ),
    },
    { method: 'same-tier', tier: Int32Array.from(own), score: own },
    {
      method: 'rfm',
      ...guessBy(
        of((i) => r[i]! + f[i]! + m[i]!),
        shares,
      ),
    },
  ];
}

/** Features by the root of the summed squares of their coefficients about the mean over tiers. */
function weightsOf({ logistic }: TierModel): TierEvaluation['weights'] {
  const squares = new Map<string, number>();
  for (const [j, { feature }] of logistic.inputs.entries()) {
    const row = logistic.coefficients[j]!;
    const mean = row.reduce((a, b) => a + b, 0) / row.length;
    squares.set(feature, (squares.get(feature) ?? 0) + row.reduce((sum, c) => sum + (c - mean) ** 2, 0));
  }
  return [...squares]
    .map(([feature, sum]) => ({ feature, weight: Math.sqrt(sum) }))
    .sort((a, b) => b.weight - a.weight || (a.feature < b.feature ? -1 : 1))
    .slice(0, 30);
}
