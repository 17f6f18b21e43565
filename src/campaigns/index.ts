export type { Allocation, CurvePoint } from './allocation/allocate.ts';
export { allocate } from './allocation/allocate.ts';
export { type AllocationReport, allocateFile, type EffectsFile } from './allocation/allocate-file.ts';
export type { Bounds, Limited, Options, Prices } from './allocation/options.ts';
export { ARMS, type Candidates, type Chosen, choose } from './choose.ts';
export {
  type Condition,
  conditionSql,
  fieldsOf,
  holds,
  OPS,
  type Op,
  type PersonValues,
  parseCondition,
} from './condition.ts';
export { FIELDS, type Field, type FieldKind } from './fields.ts';
export { type CampaignResult, type Lift, type Measured, measureCampaign } from './measure.ts';
export { type Caps, type Offer, parseCaps, parseOffer } from './offer.ts';
export { type CampaignPlan, type PlanOptions, planCampaign } from './plan.ts';
export type { Totals } from './plan-table.ts';
export { REASON_CODES, type ReasonCode } from './reasons.ts';
export { ASSUMPTIONS, type Basis } from './response.ts';
export { type Difference, type Moments, momentsOf, type RatioCheck, ratioCheck, welch } from './welch.ts';
