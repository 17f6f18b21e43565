export { contributions, ESTIMATORS, type Estimator, effectiveRows } from './judge/estimators.ts';
export type {
  Evaluation,
  JudgeOptions,
  PolicyEstimate,
  PromoteOptions,
  Refusal,
  Support,
  Verdict,
} from './judge/evaluate.ts';
export { evaluate, promote } from './judge/evaluate.ts';
export { evaluateFile, type LogFile, type NamedPolicy, type PolicyReport } from './judge/evaluate-file.ts';
export { INTERVALS, type IntervalKind } from './judge/interval.ts';
export type { CheckedLog, DecisionLog, LogFault, RawLog } from './judge/log.ts';
export { checkLog } from './judge/log.ts';
export { REWARD_MODELS, type RewardModel } from './judge/reward-model.ts';
export { scaleOf } from './learn/inputs.ts';
export { VALUE_LEARNERS, type ValueLearner } from './lifetime/action-values.ts';
export type { LifetimeModel, LifetimeParams, LifetimeValues } from './lifetime/fitted-q.ts';
export { fitLifetime, LIFETIME_DEFAULTS, lifetimeChances, lifetimeValues } from './lifetime/fitted-q.ts';
export type { Histories } from './lifetime/histories.ts';
export { type LifetimeJudgement, promoteLifetime } from './lifetime/promote-lifetime.ts';
export { fitReward, neuralLinear } from './neural-linear.ts';
export {
  epsilonGreedyLinear,
  linUcb,
  policies,
  policyNamed,
  readState,
  squareCb,
  squareCbLinear,
  thompsonBeta,
  thompsonLinear,
  thompsonLogistic,
} from './policies.ts';
export type { AnyPolicy, ArmState, Choice, Outcome, Policy, PolicyParams, PolicyState } from './policy.ts';
export { addArm, mergeStates, retireArm } from './state.ts';
export { type Decision, Waiting, type WaitingState } from './waiting.ts';
