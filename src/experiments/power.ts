/** How many members an experiment needs, what it can see, and how long it takes. */
import { known } from '#errors.ts';
import { normalCdf, normalQuantile } from '#kernels/distributions.ts';
import { alwaysValid } from './effect.ts';

export interface Plan {
  /** Mean and variance of one member's outcome without treatment. */
  readonly mean: number;
  readonly variance: number;
  /** Variance of a treated member; default that of control. */
  readonly treatedVariance?: number;
  /** Share of members in control; the rest is treated. Default 0.5. */
  readonly controlShare?: number;
  readonly alpha?: number;
  readonly power?: number;
  /** Correlation of the outcome with a covariate known before: it takes off its square of the variance. Default 0. */
  readonly correlation?: number;
  /** Treated arms that are each compared with control; alpha is shared among them. Default 1. */
  readonly arms?: number;
}

/** Variance of the difference of means, times members in all (control and one arm). */
function spreadOf({ variance, treatedVariance = variance, controlShare = 0.5, correlation = 0 }: Plan): number {
  return (1 - correlation ** 2) * (variance / controlShare + treatedVariance / (1 - controlShare));
}

function distance({ alpha = 0.05, power = 0.8, arms = 1 }: Plan): number {
  return normalQuantile(1 - alpha / arms / 2) + normalQuantile(power);
}

/**
 * Members, control and one arm together, with which a true difference of `effect` is seen with the power asked.
 *
 * @param effect absolute, not 0
 */
export const membersFor = (effect: number, plan: Plan): number =>
  Math.ceil((distance(plan) ** 2 * spreadOf(plan)) / effect ** 2);

/** Least absolute difference that so many members, control and one arm together, can see. */
export const leastEffect = (members: number, plan: Plan): number =>
  distance(plan) * Math.sqrt(spreadOf(plan) / members);

/** Chance that a true difference of `effect` is seen with so many members. */
export function powerOf(effect: number, members: number, plan: Plan): number {
  const { alpha = 0.05, arms = 1 } = plan;
  const z = normalQuantile(1 - alpha / arms / 2);
  const shift = Math.abs(effect) / Math.sqrt(spreadOf(plan) / members);
  return normalCdf(shift - z) + normalCdf(-shift - z);
}

/**
 * Members, control and one arm together, after which an always-valid interval that is tightest there excludes 0 with the
 * power asked: more than a test at a planned end needs, for it may be read at any time.
 */
export function sequentialMembersFor(effect: number, plan: Plan): number {
  const { alpha = 0.05, arms = 1, power = 0.8 } = plan;
  const misses = (members: number): boolean => {
    const standardError = Math.sqrt(spreadOf(plan) / members);
    const { low, high } = alwaysValid(
      { estimate: 0, standardError, freedom: members, n: members },
      alpha / arms,
      members,
    );
    return (high - low) / 2 + normalQuantile(power) * standardError > Math.abs(effect);
  };
  let [few, many] = [1, 2];
  while (misses(many)) [few, many] = [many, 2 * many];
  while (many - few > 1) {
    const middle = Math.floor((few + many) / 2);
    if (misses(middle)) few = middle;
    else many = middle;
  }
  return many;
}

/**
 * Days until so many members have come.
 *
 * @param perDay new members a day, control and one arm together, > 0
 */
export const daysFor = (members: number, perDay: number): number => Math.ceil(members / perDay);

export interface PlanQuestion {
  /** Mean without treatment; without `sd` a share of members, 0 to 1. */
  readonly baseline: number;
  /** Difference to be seen, absolute unless `relative`. */
  readonly effect?: number;
  readonly relative?: boolean;
  /** Standard deviation of one member's outcome; default: the outcome is 0 or 1. */
  readonly sd?: number;
  readonly power?: number;
  readonly alpha?: number;
  /** Treated members of one arm a member of control; default 1. */
  readonly ratio?: number;
  /** Treated arms; default 1. */
  readonly arms?: number;
  /** New members a day, over all arms. */
  readonly daily?: number;
  /** Share of the variance that a covariate takes off (CUPED, CUPAC), 0 to below 1. */
  readonly cuped?: number;
  /** Members of a cluster that is drawn together, and their correlation within it. */
  readonly clusterSize?: number;
  readonly icc?: number;
  /** Members that there are, over all arms: asks what they can see. */
  readonly members?: number;
}

export interface PlanAnswer {
  readonly effect: number;
  readonly relativeEffect: number | null;
  readonly alpha: number;
  readonly power: number;
  /** What a cluster's members cost: 1 + (size - 1) icc. */
  readonly designEffect: number;
  /** Test at the planned end; test that may be read at any time. */
  readonly fixed: PlannedSize;
  readonly sequential: PlannedSize;
  /** Effects beside the one asked for, and what each needs at the planned end. */
  readonly curve: readonly { readonly effect: number; readonly members: number }[];
}

export interface PlannedSize {
  readonly control: number;
  /** Of each treated arm. */
  readonly treated: number;
  readonly members: number;
  readonly days: number | null;
}

/**
 * The size and length of an experiment, or, with `members` and no effect, the least effect that they can see.
 *
 * @throws EXPERIMENT_BAD for numbers out of range
 * @see Chow, Shao, Wang, Lokhnygina (2017), Sample Size Calculations in Clinical Research, sections 3.2 and 4.2
 */
export function planned(question: PlanQuestion): PlanAnswer {
  const { baseline, sd, alpha = 0.05, power = 0.8, ratio = 1, arms = 1, cuped = 0, daily } = question;
  const designEffect = 1 + ((question.clusterSize ?? 1) - 1) * (question.icc ?? 0);
  checkPlan(question);
  const controlShare = 1 / (1 + ratio);
  const partOfAll = (1 + ratio) / (1 + arms * ratio);
  const base = { alpha, power, arms, controlShare, correlation: Math.sqrt(cuped) };
  const planFor = (effect: number): Plan => {
    const variance = sd === undefined ? baseline * (1 - baseline) : sd ** 2;
    const treatedVariance = sd === undefined ? (baseline + effect) * (1 - baseline - effect) : variance;
    return {
      mean: baseline,
      variance: designEffect * variance,
      treatedVariance: designEffect * treatedVariance,
      ...base,
    };
  };
  const effect = question.effect === undefined ? seen(question, planFor, partOfAll) : absolute(question);
  checkEffect(question, effect);
  const sizeOf = (pair: number): PlannedSize => {
    const control = Math.ceil(pair * controlShare);
    const treated = Math.ceil(pair * (1 - controlShare));
    const members = control + arms * treated;
    return { control, treated, members, days: daily === undefined ? null : daysFor(members, daily) };
  };
  const curve = [0.5, 0.6, 0.75, 0.9, 1, 1.15, 1.35, 1.6, 2]
    .map((factor) => factor * effect)
    .filter((own) => sd !== undefined || (baseline + own > 0 && baseline + own < 1))
    .map((own) => ({ effect: own, members: sizeOf(membersFor(own, planFor(own))).members }));
  return {
    ...{ effect, relativeEffect: baseline === 0 ? null : effect / baseline, alpha, power, designEffect, curve },
    fixed: sizeOf(membersFor(effect, planFor(effect))),
    sequential: sizeOf(sequentialMembersFor(effect, planFor(effect))),
  };
}

const absolute = ({ baseline, effect = 0, relative = false }: PlanQuestion): number =>
  relative ? effect * baseline : effect;

/** The least effect for the members that there are; where the treated arm's variance hangs on it, by a few rounds. */
function seen({ members = 0 }: PlanQuestion, planFor: (effect: number) => Plan, partOfAll: number): number {
  let effect = 0;
  for (let round = 0; round < 40; round++) effect = leastEffect(members * partOfAll, planFor(effect));
  return effect;
}

function checkPlan(question: PlanQuestion): void {
  const refuse = (what: string, expected: string): never => {
    throw known('EXPERIMENT_BAD', { what, expected });
  };
  const within = (name: keyof PlanQuestion, low: number, high: number): void => {
    const value = question[name];
    if (value !== undefined && !(Number(value) >= low && Number(value) <= high))
      refuse(`${name} ${value}`, `a number from ${low} to ${high}`);
  };
  within('power', 0.05, 0.999);
  within('alpha', 1e-6, 0.5);
  within('ratio', 0.01, 100);
  within('arms', 1, 50);
  within('cuped', 0, 0.99);
  within('icc', 0, 1);
  within('clusterSize', 1, 1e6);
  within('daily', 1e-3, 1e12);
  within('members', 4, 1e12);
  if (question.arms !== undefined && !Number.isInteger(question.arms))
    refuse(`${question.arms} arms`, 'a whole number');
  if (!Number.isFinite(question.baseline)) refuse(`a baseline of ${question.baseline}`, 'a number');
  if (question.sd === undefined && !(question.baseline > 0 && question.baseline < 1))
    refuse(
      `a baseline of ${question.baseline} without a standard deviation`,
      'a share above 0 and below 1, or sd of the outcome',
    );
  if (question.sd !== undefined && !(question.sd > 0 && Number.isFinite(question.sd)))
    refuse(`a standard deviation of ${question.sd}`, 'a number above 0');
  if (question.effect === undefined && question.members === undefined)
    refuse('neither an effect nor members', 'the effect to be seen, or the members that there are');
}

function checkEffect({ baseline, sd, relative, effect: given }: PlanQuestion, effect: number): void {
  if (!(Math.abs(effect) > 0) || !Number.isFinite(effect))
    throw known('EXPERIMENT_BAD', {
      what: `an effect of ${given ?? effect}${relative ? ' relative to a baseline of 0' : ''}`,
      expected: 'a difference other than 0',
    });
  if (sd === undefined && !(baseline + effect > 0 && baseline + effect < 1))
    throw known('EXPERIMENT_BAD', {
      what: `a baseline of ${baseline} with an effect of ${effect}`,
      expected: 'a share that stays above 0 and below 1',
    });
}
