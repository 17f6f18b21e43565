/** The offers of a round, and what each means to one customer before anything is known of its effect. */
import { shareReaching } from '#offers/index.ts';
import type { Offer } from '#simulate/index.ts';

/** What a shop may give: shares off, and amounts off from a least spend; a contact costs 0.20. Money in fen. */
export const MENU: readonly Offer[] = [
  { percentOff: 5, cost: 20 },
  { percentOff: 10, cost: 20 },
  { percentOff: 20, cost: 20 },
  { amountOff: 1500, minSpend: 9900, cost: 20 },
  { amountOff: 3000, minSpend: 19_900, cost: 20 },
];

/** An offer's terms for a customer whose orders come to `order`. */
export interface Terms {
  /** What it takes off, as a share of an order that counts. */
  readonly depth: number;
  /** Chance that an order counts. */
  readonly reach: number;
  /** An order that counts over a usual one, 1 or more. */
  readonly growth: number;
  /** What it takes off an order that counts. */
  readonly off: number;
}

/** Orders are taken to be Gamma with shape 2, as in `shareReaching`. */
export function termsOf({ percentOff = 0, amountOff = 0, minSpend = 0 }: Offer, order: number): Terms {
  const least = Math.max(minSpend, 2 * amountOff);
  const reach = shareReaching(least, order);
  const x = (2 * least) / order;
  const growth = least <= 0 ? 1 : (1 + x + (x * x) / 2) / (1 + x);
  const off = (percentOff / 100) * order * growth + amountOff;
  return { depth: off / (order * growth), reach, growth, off };
}
