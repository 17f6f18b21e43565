/** What to expect of one customer without and with an offer, in closed form. */
import { gammaTail } from './gamma-tail.ts';
import {
  type Effect,
  effectOf,
  leastShelf,
  type Offer,
  type Outlook,
  ordersAhead,
  PUBLIC_COUPON,
  purchaseChance,
  purchaseChanceAfterDrops,
} from './offer-effect.ts';
import type { Persona } from './persona.ts';

/** Of one customer over the window; money in fen, net of expected returns. */
export interface Expected {
  /** Chance of at least one order. */
  readonly purchase: number;
  readonly orders: number;
  readonly revenue: number;
  /** Revenue less unit costs, and less the contact where there is one. */
  readonly margin: number;
  /** Coupon discount of the offer. */
  readonly discount: number;
}

export interface ExpectedPair {
  readonly without: Expected;
  readonly with: Expected;
  readonly effect: Effect;
}

/**
 * Shelf values of orders are Gamma with the outlook's mean and deviation. An order that uses the offer's coupon uses no
 * public one; the coupon can be used on every order of the window.
 */
export function expectedResponse(persona: Persona, outlook: Outlook, offer: Offer): ExpectedPair {
  const effect = effectOf(persona, outlook, offer);
  const { shelf, factor, kept, costShare } = outlook;
  const habit = PUBLIC_COUPON * persona.couponHabit;
  const orders = ordersAhead(persona, outlook);
  const revenue = shelf * factor * (1 - habit) * kept;
  const counted = countedShelf(outlook, leastShelf(offer));
  const discount = couponOf(offer, factor, counted);
  const left = orders * (1 - effect.drop);
  const used = left * effect.redeem;
  const extraRevenue = effect.extra * kept * (counted.mean * factor - discount);
  const withRevenue = left * revenue + used * kept * (counted.mean * factor * habit - discount) + extraRevenue;
  const withCosts = left * shelf * costShare + effect.extra * counted.mean * costShare + (offer.cost ?? 0);
  return {
    effect,
    without: {
      purchase: purchaseChance(persona, outlook),
      orders,
      revenue: orders * revenue,
      margin: orders * (revenue - shelf * costShare),
      discount: 0,
    },
    with: {
      purchase: 1 - (1 - purchaseChanceAfterDrops(persona, outlook, effect.drop)) * (1 - effect.extra * counted.chance),
      orders: left + effect.extra * counted.chance,
      revenue: withRevenue,
      margin: withRevenue - withCosts,
      discount: (used + effect.extra) * discount * kept,
    },
  };
}

/** Coupon discount of an order that counts, weighted by its chance to count. */
function couponOf({ percentOff = 0, amountOff = 0 }: Offer, factor: number, counted: Counted): number {
  return (percentOff / 100) * factor * counted.mean + amountOff * counted.chance;
}

interface Counted {
  /** Chance that an order's shelf value reaches the least. */
  readonly chance: number;
  /** Mean of the shelf value where it does and 0 where not. */
  readonly mean: number;
}

function countedShelf({ shelf, deviation }: Outlook, least: number): Counted {
  if (least <= 0) return { chance: 1, mean: shelf };
  const shape = basketShape(shelf, deviation);
  const x = (least * shape) / shelf;
  return { chance: gammaTail(shape, x), mean: shelf * gammaTail(shape + 1, x) };
}

export const basketShape = (mean: number, deviation: number): number => (mean / deviation) ** 2;
