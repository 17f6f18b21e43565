export type { Advice, AdvicePoint } from './advice.ts';
export { type AttributionWindows, LAST_TOUCH } from './attribution.ts';
export type { Cell } from './cells.ts';
export type { CurveDay, Payback } from './curve.ts';
export { lessKnown, slopesOf, type Total, totalOf } from './estimate.ts';
export type { GlobalHoldout } from './global-holdout.ts';
export type { Pooled } from './pooled.ts';
export {
  type CampaignRoi,
  type Measured,
  type RoiOptions,
  type RoiReport,
  roiReport,
  VERDICTS,
  type Verdict,
} from './report.ts';
export { type RoiScope, roiCosts } from './stage.ts';
export { campaignVersions } from './workspace-contacts.ts';
