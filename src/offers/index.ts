export { discountOf, type Offer, parseOffer, shareReaching } from './offer.ts';
