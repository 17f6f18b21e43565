export type { Attributions } from './attributions.ts';
export { grouped, meanSize } from './attributions.ts';
export type {
  Action,
  Change,
  Counterfactual,
  CounterfactualOptions,
  CounterfactualSearch,
} from './counterfactual.ts';
export { counterfactuals } from './counterfactual.ts';
export type { Explained, ExplainOptions, Method } from './explain.ts';
export { explain, METHODS } from './explain.ts';
export type { Goal } from './goal.ts';
export { atLeast, atLeastClass, likeliestClass } from './goal.ts';
export { linearShap } from './linear-shap.ts';
export type { ReasonCode, ReasonsOptions, Template } from './reason-codes.ts';
export { reasonCodes, sentenceOf } from './reason-codes.ts';
export type { SampledOptions } from './sampled-shap.ts';
export { sampledShap } from './sampled-shap.ts';
export { againstShap, pathShap } from './tree-shap.ts';
