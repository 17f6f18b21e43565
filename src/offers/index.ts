export type { AdCost, Gift, OfferKind, Points, Scope } from './offer.ts';
export { discountOf, OFFER_KINDS, type Offer, OfferFields, parseOffer, shareReaching } from './offer.ts';
