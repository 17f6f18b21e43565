export type { Expected, ExpectedPair } from './expected-response.ts';
export type { ShopFacts } from './notes.ts';
export { readShopFacts } from './notes.ts';
export type { Offer } from './offer-effect.ts';
export type { Arm, Contact, Mission, Outcome, Response, Responses } from './respond.ts';
export { customerId, respond } from './respond.ts';
export type { ShopProgress, ShopSettings, WrittenShop } from './shop.ts';
export { writeShop } from './shop.ts';
export type { WorldSettings } from './world.ts';
