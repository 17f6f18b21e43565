/** The policies, by name. */
import { betaBelief } from './learn/beta.ts';
import { composed } from './learn/compose.ts';
import { contextInputs, noInputs } from './learn/inputs.ts';
import { linearBelief } from './learn/linear.ts';
import { logisticBelief } from './learn/logistic.ts';
import { epsilonGreedy, inverseGap, thompson, upperBound } from './learn/rules.ts';
import { neuralLinear } from './neural-linear.ts';
import type { AnyPolicy, PolicyState } from './policy.ts';
import { refuse } from './state.ts';

/** Thompson sampling of rewards from 0 to 1; the context is not looked at. */
export const thompsonBeta = composed({
  name: 'thompson-beta',
  belief: betaBelief,
  rule: thompson,
  inputs: noInputs,
});

/** Thompson sampling of any rewards, linear in the context. */
export const thompsonLinear = composed({
  name: 'thompson-linear',
  belief: linearBelief,
  rule: thompson,
  inputs: contextInputs,
});

/** Thompson sampling of rewards from 0 to 1 whose log-odds are linear in the context. */
export const thompsonLogistic = composed({
  name: 'thompson-logistic',
  belief: logisticBelief,
  rule: thompson,
  inputs: contextInputs,
});

/** The highest upper bound of rewards that are linear in the context. It draws nothing: give it a floor where logs matter. */
export const linUcb = composed({ name: 'lin-ucb', belief: linearBelief, rule: upperBound, inputs: contextInputs });

/** Inverse-gap weighting on logistic regression. */
export const squareCb = composed({
  name: 'square-cb',
  belief: logisticBelief,
  rule: inverseGap,
  inputs: contextInputs,
});

/** Inverse-gap weighting on linear regression, for any rewards. */
export const squareCbLinear = composed({
  name: 'square-cb-linear',
  belief: linearBelief,
  rule: inverseGap,
  inputs: contextInputs,
});

/** The best arm by linear regression, but for a share of the decisions: the baseline. */
export const epsilonGreedyLinear = composed({
  name: 'epsilon-greedy',
  belief: linearBelief,
  rule: epsilonGreedy,
  inputs: contextInputs,
});

export const policies: readonly AnyPolicy[] = [
  thompsonBeta,
  thompsonLinear,
  thompsonLogistic,
  linUcb,
  squareCb,
  squareCbLinear,
  neuralLinear,
  epsilonGreedyLinear,
] as readonly unknown[] as readonly AnyPolicy[];

/** @throws POLICY_BAD */
export const policyNamed = (name: string): AnyPolicy =>
  policies.find((policy) => policy.name === name) ??
  refuse(`no policy "${name}"`, `one of ${policies.map((policy) => policy.name).join(', ')}`);

/**
 * A saved state, checked as what comes from outside.
 *
 * @param value what JSON.parse gave
 * @throws POLICY_BAD naming what is wrong
 */
export function readState(value: unknown): PolicyState {
  const state = value as Partial<PolicyState> | null;
  if (typeof state !== 'object' || state === null || typeof state.policy !== 'string')
    return refuse('no saved state', 'an object with policy, params, dimension, round and arms');
  const { params, dimension, round, arms } = state;
  const policy = policyNamed(state.policy);
  if (!Array.isArray(arms) || typeof params !== 'object' || params === null || !Number.isFinite(round))
    return refuse('a saved state that is not whole', 'params, dimension, round and arms');
  const fresh = policy.start(
    arms.map((arm) => String(arm?.name)),
    Number(dimension),
    params,
  );
  const size = fresh.arms[0]!.sums.length;
  for (const { name, sums, round: own, retired } of arms)
    if (
      !Array.isArray(sums) ||
      sums.length !== size ||
      !sums.every(Number.isFinite) ||
      !Number.isFinite(own) ||
      typeof retired !== 'boolean'
    )
      refuse(`the arm "${name}" of a saved state`, `retired, round and ${size} finite sums`);
  return {
    ...fresh,
    round: round!,
    arms: arms.map(({ name, retired, round: own, sums }) => ({ name, retired, round: own, sums })),
  };
}
