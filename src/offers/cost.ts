/** What an offer costs on an order and what margin is left: before, if it is used, and expected. */
import { applyOffers } from './apply.ts';
import type { Cart } from './cart.ts';
import type { Denial } from './denials.ts';
import { shareUp } from './exact.ts';
import type { Offer } from './offer.ts';

/** Whole minor units. */
export interface OfferCost {
  /** Why it does not count for this order; missing where it does. */
  readonly denied?: Denial;
  /** Contact and ads, paid whether the offer is used or not. */
  readonly reachMinor: number;
  /** What it takes from the margin of this order if it is used, without reaching the customer. */
  readonly usedMinor: number;
  /** reachMinor and, for the share of customers that use it, usedMinor; rounded up. */
  readonly expectedMinor: number;
  readonly marginBeforeMinor: number;
  /** After usedMinor and reachMinor. */
  readonly marginUsedMinor: number;
  /** After expectedMinor. */
  readonly marginExpectedMinor: number;
  /** A margin floor let it take less than it says. */
  readonly isCut: boolean;
}

/** Contact and ads of one customer, rounded up. */
export function reachCost({ contactCostMinor, ad }: Offer): number {
  if (ad === undefined) return contactCostMinor;
  const { shows, thousandShowsCostMinor = 0, clickCostMinor = 0, clickShare = 0 } = ad;
  return contactCostMinor + Math.ceil(shows * (thousandShowsCostMinor / 1000 + clickShare * clickCostMinor) - 1e-9);
}

/**
 * The cost of one offer, by itself, on one order.
 *
 * @throws MONEY_INVALID for an order that cannot be counted exactly
 */
export function costOf(offer: Offer, order: Cart): OfferCost {
  const now = offer.validFrom ?? (offer.validTo ?? 1) - 1;
  const { offers, marginBeforeMinor, marginMinor } = applyOffers([offer], order, now);
  const [own] = offers;
  const reachMinor = reachCost(offer);
  const usedMinor = own?.costMinor ?? 0;
  const expectedMinor = reachMinor + shareUp(usedMinor, offer.redeemedShare ?? 1);
  return {
    ...(own?.denied === undefined ? {} : { denied: own.denied }),
    reachMinor,
    usedMinor,
    expectedMinor,
    marginBeforeMinor,
    marginUsedMinor: marginMinor - reachMinor,
    marginExpectedMinor: marginBeforeMinor - expectedMinor,
    isCut: own?.isCut ?? false,
  };
}

/** An offer against orders that were placed. */
export interface MarginCheck {
  readonly orders: number;
  /** Orders that it counts for. */
  readonly usable: number;
  /** Of these: that would be sold below cost with it and were not without, that a floor cuts, that a floor refuses. */
  readonly loses: number;
  readonly cut: number;
  readonly refused: number;
  /** Sums over the usable orders. */
  readonly marginBeforeMinor: number;
  readonly usedMinor: number;
}

/** @param orders the shop's own, each as a cart at full price */
export function marginCheck(offer: Offer, orders: readonly Cart[]): MarginCheck {
  let [usable, loses, cut, refused, marginBeforeMinor, usedMinor] = [0, 0, 0, 0, 0, 0];
  for (const order of orders) {
    const cost = costOf(offer, order);
    if (cost.denied === 'margin-floor') refused++;
    if (cost.denied !== undefined) continue;
    usable++;
    if (cost.marginUsedMinor < 0 && cost.marginBeforeMinor >= 0) loses++;
    if (cost.isCut) cut++;
    marginBeforeMinor += cost.marginBeforeMinor;
    usedMinor += cost.usedMinor;
  }
  return { orders: orders.length, usable, loses, cut, refused, marginBeforeMinor, usedMinor };
}
