/** What a policy would have brought, from the log of another; and whether it may take over. */
import { alwaysValid } from '#experiments/index.ts';
import { contributions, ESTIMATORS, type Estimator, effectiveRows, isBounded, weighed } from './estimators.ts';
import { byUnit, type Estimate, estimateOf, type IntervalKind, type IntervalOptions } from './interval.ts';
import { type DecisionLog, needChances } from './log.ts';
import { expectedRewards, type RewardModel } from './reward-model.ts';
import { chooseBound } from './tune.ts';

export interface JudgeOptions {
  /** Chance to be wrong of intervals, half on each side; default 0.05. */
  readonly alpha?: number;
  readonly interval?: IntervalKind;
  /** Default linear. */
  readonly model?: RewardModel;
  /** Default 3. */
  readonly folds?: number;
  readonly seed?: number;
}

export interface PolicyEstimate extends Estimate {
  readonly estimator: Estimator;
  /** The bound on weights that was chosen, null where there is none. */
  readonly bound: number | null;
}

export interface Support {
  /** Rows that the weights are worth; where rows hang together by unit, units. */
  readonly effectiveRows: number;
  /** Mean weight: 1 but for chance where propensities are right and every arm of the policy could be logged. */
  readonly meanWeight: number;
  /** Its distance from 1 in standard errors. */
  readonly meanWeightZ: number;
  readonly largestWeight: number;
  /** Mean chance that the policy gives to arms that the log never shows. */
  readonly unseen: number;
}

export interface Evaluation {
  readonly rows: number;
  readonly support: Support;
  readonly estimates: readonly PolicyEstimate[];
  /** What the policy that made the log brought. */
  readonly logged: Estimate;
}

const DEFAULTS = { alpha: 0.05, interval: 'skew', model: 'linear', folds: 3, seed: 1 } as const;

/**
 * All estimates of one policy.
 *
 * @param chances [rows x arms] what the policy would do
 * @param q [rows x arms] expected rewards of models that did not see the row; default: fitted here
 * @throws DECISION_LOG_BAD where chances do not fit the log
 */
export function evaluate(
  log: DecisionLog,
  chances: Float64Array,
  options: JudgeOptions = {},
  q: Float64Array = qOf(log, options),
): Evaluation {
  needChances(log, chances, 'candidate');
  const interval = intervalOf(options);
  const own = weighed(log, chances, q);
  return {
    rows: log.arm.length,
    support: supportOf(log, chances, own.weights),
    estimates: ESTIMATORS.map((estimator): PolicyEstimate => {
      const { bound, away } = isBounded(estimator) ? chooseBound(estimator, own, log.unit) : UNBOUNDED;
      const terms = byUnit(contributions(estimator, own, bound), log.unit);
      const { low, high, ...told } = estimateOf(terms, interval);
      const range = { low: low - away, high: high + away };
      return { estimator, ...told, ...range, bound: Number.isFinite(bound) ? bound : null };
    }),
    logged: estimateOf(byUnit(log.reward, log.unit), interval),
  };
}

const UNBOUNDED = { bound: Number.POSITIVE_INFINITY, away: 0 };

const qOf = (log: DecisionLog, options: JudgeOptions): Float64Array => {
  const { model, folds, seed } = { ...DEFAULTS, ...options };
  return expectedRewards(log, { model, folds, seed });
};

const intervalOf = (options: JudgeOptions): IntervalOptions => {
  const { interval: kind, alpha, seed } = { ...DEFAULTS, ...options };
  return { kind, alpha, seed };
};

/** @param chances [rows x arms]; @param weights [rows] */
export function supportOf(
  log: Pick<DecisionLog, 'arms' | 'arm' | 'unit'>,
  chances: Float64Array,
  weights: Float64Array,
): Support {
  const count = log.arms.length;
  const seen = new Set(log.arm);
  let unseen = 0;
  for (let i = 0; i < log.arm.length; i++)
    for (let a = 0; a < count; a++) if (!seen.has(a)) unseen += chances[i * count + a]! / log.arm.length;
  const { value, standardError } = estimateOf(byUnit(weights, log.unit), { kind: 'normal', alpha: 0.05, seed: 0 });
  return {
    effectiveRows: effectiveRows(log.unit === undefined ? weights : sumsByUnit(weights, log.unit)),
    meanWeight: value,
    // weights that do not vary differ from 1 by rounding, or by a fault
    meanWeightZ: Math.abs(value - 1) < 1e-9 ? 0 : (value - 1) / Math.max(standardError, 1e-12),
    largestWeight: weights.reduce((most, w) => Math.max(most, w), 0),
    unseen,
  };
}

function sumsByUnit(values: Float64Array, unit: Int32Array): Float64Array {
  const sums = new Map<number, number>();
  for (let i = 0; i < values.length; i++) sums.set(unit[i]!, (sums.get(unit[i]!) ?? 0) + values[i]!);
  return Float64Array.from(sums.values());
}

export const REFUSALS = ['not-better', 'too-few-effective-rows', 'weights-off', 'arms-never-logged'] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface Verdict {
  readonly promote: boolean;
  /** Why not; empty where it is promoted. */
  readonly why: readonly Refusal[];
  /** Candidate less current on the same rows, doubly robust; `low` is what has to be above 0. */
  readonly difference: Estimate;
  readonly effectiveRows: number;
  /** Further rows of such a log after which it would be promoted, were the estimates right; null where none would do. */
  readonly rowsNeeded: number | null;
}

export interface PromoteOptions extends JudgeOptions {
  /** Default 300. */
  readonly effectiveRowsMin?: number;
  /** The verdict is asked for again and again as the log grows: bounds then hold at every look. */
  readonly everyLook?: boolean;
}

/** Standard errors from 1 at which the mean weight says that propensities are wrong: by chance once in 15,000 logs. */
const OFF = 4;

/**
 * May the candidate take over? Only if its weights are worth enough rows, and the lower bound of candidate less current, paired
 * on the same log by the doubly robust estimate, is above 0. A candidate must not have learned from the rows that judge it.
 *
 * @param current [rows x arms] chances of the policy in force; 'logged': it is the one that made the log
 * @param candidate [rows x arms]
 */
export function promote(
  log: DecisionLog,
  current: Float64Array | 'logged',
  candidate: Float64Array,
  options: PromoteOptions = {},
  q: Float64Array = qOf(log, options),
): Verdict {
  needChances(log, candidate, 'candidate');
  const mine = weighed(log, candidate, q);
  const terms = contributions('dr', mine);
  const supports = [supportOf(log, candidate, mine.weights)];
  if (current === 'logged') for (let i = 0; i < terms.length; i++) terms[i]! -= log.reward[i]!;
  else {
    needChances(log, current, 'current policy');
    const its = weighed(log, current, q);
    const other = contributions('dr', its);
    for (let i = 0; i < terms.length; i++) terms[i]! -= other[i]!;
    supports.push(supportOf(log, current, its.weights));
  }
  return verdictOf(byUnit(terms, log.unit), supports, log.arm.length, options);
}

/**
 * The gate on its own: for differences that were made elsewhere, as those of whole customer histories.
 *
 * @param terms [units] differences, independent of each other
 * @param supports of the policies that were weighed
 */
export function verdictOf(
  terms: Float64Array,
  supports: readonly Support[],
  rows: number,
  options: PromoteOptions = {},
): Verdict {
  const { effectiveRowsMin = 300, everyLook = false } = options;
  const interval = intervalOf(options);
  const once = estimateOf(terms, interval);
  const difference = everyLook ? atEveryLook(once, terms.length, interval.alpha) : once;
  const ess = Math.min(...supports.map((support) => support.effectiveRows));
  const why: Refusal[] = [];
  if (supports.some(({ unseen }) => unseen > 1e-9)) why.push('arms-never-logged');
  if (supports.some(({ meanWeightZ }) => Math.abs(meanWeightZ) > OFF)) why.push('weights-off');
  if (!(ess >= effectiveRowsMin)) why.push('too-few-effective-rows');
  if (!(difference.low > 0)) why.push('not-better');
  const broken = why.includes('arms-never-logged') || why.includes('weights-off');
  const hopeless = broken || ess === 0 || !(difference.value > 0);
  const forBound = ((difference.value - difference.low) / difference.value) ** 2;
  const times = Math.max(1, effectiveRowsMin / ess, forBound);
  const needed = why.length === 0 ? 0 : hopeless || !Number.isFinite(times) ? null : Math.ceil(rows * (times - 1));
  return { promote: why.length === 0, why, difference, effectiveRows: ess, rowsNeeded: needed };
}

function atEveryLook(once: Estimate, n: number, alpha: number): Estimate {
  const { value: estimate, standardError } = once;
  if (!(standardError > 0 && Number.isFinite(standardError))) return once;
  const { low, high } = alwaysValid({ estimate, standardError, n, freedom: n - 1 }, alpha);
  return { ...once, low: Math.min(low, once.low), high: Math.max(high, once.high) };
}
