/**
 * What an offer does to one customer, as the made-up world has it.
 *
 * Orders that would come anyway still come, and use the coupon with some chance (sure things cost money). Whoever reads
 * the message and minds prices may place one order more (persuadables). Those who have left hardly move (lost causes),
 * and some are annoyed and drop an order they would have placed (sleeping dogs).
 */
import { expectedOrders } from './path.ts';
import type { Persona } from './persona.ts';

/** An offer as a customer sees it. Money in fen. */
export interface Offer {
  /** 0 to 100. */
  readonly percentOff?: number;
  readonly amountOff?: number;
  /** Shelf value from which the coupon counts; an amount off always needs twice its own worth. */
  readonly minSpend?: number;
  /** Of contacting one customer. */
  readonly cost?: number;
}

/** A customer's prospects over a window of days. */
export interface Outlook {
  /** Has come and has not left when the window begins. */
  readonly there: boolean;
  /** Intensity of the window on the customer's clock, see `exposure`. */
  readonly passed: number;
  /** Mean and standard deviation of an order's shelf value. */
  readonly shelf: number;
  readonly deviation: number;
  /** What is left of shelf prices after shop-wide discounts. */
  readonly factor: number;
  /** Share of what is paid that stays after returns. */
  readonly kept: number;
  /** Costs of what stays after returns, over shelf value. */
  readonly costShare: number;
}

export interface Effect {
  /** Chance of one more order, where its basket is worth `minSpend`. */
  readonly extra: number;
  /** Chance that an order which counts uses the coupon. */
  readonly redeem: number;
  /** Chance that an order which would have come does not. */
  readonly drop: number;
}

/** A public coupon, in the hands of those who look for one: share off what is paid. */
export const PUBLIC_COUPON = 0.08;

export const leastShelf = ({ minSpend = 0, amountOff = 0 }: Offer): number => Math.max(minSpend, 2 * amountOff);

export function effectOf(persona: Persona, outlook: Outlook, offer: Offer): Effect {
  const { sensitivity, opens, annoyed, browser } = persona;
  const depth = (offer.percentOff ?? 0) / 100 + (offer.amountOff ?? 0) / Math.max(outlook.shelf, leastShelf(offer), 1);
  const appeal = 1 - Math.exp(-6 * Math.max(0, sensitivity - 0.12) * depth);
  const idle = outlook.there ? 1 - purchaseChance(persona, outlook) : 1;
  const reachable = browser ? 0.12 : outlook.there ? 0.5 : 0.03;
  return {
    extra: annoyed ? 0 : opens * appeal * reachable * idle,
    redeem: depth > 0 ? opens * (0.4 + 0.6 * sensitivity) : 0,
    drop: annoyed ? 0.45 * opens : 0,
  };
}

/** Chance of at least one order in the window without any offer. */
export function purchaseChance(persona: Persona, { there, passed }: Outlook): number {
  return there ? -Math.expm1(-persona.rate * passed) : 0;
}

/** Chance of at least one order that is not dropped, when each is dropped with chance `drop`. */
export function purchaseChanceAfterDrops(persona: Persona, { there, passed }: Outlook, drop: number): number {
  if (!there) return 0;
  const lost = drop * persona.dropout;
  const ends = 1 - drop + lost;
  const silent = Math.exp(-persona.rate * ends * passed);
  return 1 - silent - (lost / ends) * (1 - silent);
}

/** Expected orders of the window without any offer. */
export const ordersAhead = (persona: Persona, { there, passed }: Outlook): number =>
  there ? expectedOrders(persona, passed) : 0;
