/** How many members an experiment needs, what it can see, and how long it takes. */
import { normalCdf, normalQuantile } from '#kernels/distributions.ts';

export interface Plan {
  /** Mean and variance of one member's outcome without treatment. */
  readonly mean: number;
  readonly variance: number;
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
function spreadOf({ variance, controlShare = 0.5, correlation = 0 }: Plan): number {
  return (variance * (1 - correlation ** 2)) / (controlShare * (1 - controlShare));
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
 * Days until so many members have come.
 *
 * @param perDay new members a day, control and one arm together, > 0
 */
export const daysFor = (members: number, perDay: number): number => Math.ceil(members / perDay);
