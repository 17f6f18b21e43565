export { type CampaignSettings, campaignSettings, carriedOut, settled } from './campaign.ts';
export { writeTierModel } from './documents.ts';
export type { Facts } from './facts.ts';
export { readFacts } from './facts.ts';
export type { LoopOptions, RunReport, Watch } from './loop.ts';
export { fingerprintOf, runLoop } from './loop.ts';
export { type ShopFeatures, shopFeatures } from './shop-features.ts';
