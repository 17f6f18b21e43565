/** What is offered. */
import { z } from 'zod';
import { known } from '#errors.ts';

export interface Offer {
  readonly kind: 'coupon';
  /** 0 to 100; this or amountOffMinor. */
  readonly percentOff?: number;
  readonly amountOffMinor?: number;
  /** Order value from which on the coupon counts; 0: any. */
  readonly minSpendMinor: number;
  /** What it costs to reach one customer. */
  readonly contactCostMinor: number;
}

const minor = z.int().min(0);
const OFFER = z
  .strictObject({
    kind: z.literal('coupon').default('coupon'),
    percentOff: z.number().gt(0).max(100).optional(),
    amountOffMinor: z.int().gt(0).optional(),
    minSpendMinor: minor.default(0),
    contactCostMinor: minor.default(0),
  })
  .refine((offer) => (offer.percentOff === undefined) !== (offer.amountOffMinor === undefined), {
    message: 'either percentOff or amountOffMinor',
  });
/** @throws CAMPAIGN_INVALID */
export function parseOffer(input: unknown): Offer {
  const result = OFFER.safeParse(input);
  if (!result.success) {
    const first = result.error.issues[0];
    throw known('CAMPAIGN_INVALID', {
      where: ['offer', ...(first?.path ?? [])].join('.'),
      expected: first?.message ?? 'something else',
    });
  }
  const given = Object.entries(result.data).filter(([, own]) => own !== undefined);
  return Object.fromEntries(given) as unknown as Offer;
}

/** What the coupon takes off an order of `orderMinor` that it counts for. */
export const discountOf = ({ percentOff, amountOffMinor }: Offer, orderMinor: number): number =>
  percentOff === undefined ? Math.min(amountOffMinor ?? 0, orderMinor) : (percentOff / 100) * orderMinor;

/**
 * Share of orders that reach the least spend, for orders around a mean: Gamma with shape 2 (its standard deviation is
 * 0.71 of its mean). An assumption for planning, not a fit.
 */
export function shareReaching(minSpendMinor: number, meanOrderMinor: number): number {
  if (minSpendMinor <= 0) return 1;
  if (meanOrderMinor <= 0) return 0;
  const x = (2 * minSpendMinor) / meanOrderMinor;
  return Math.exp(-x) * (1 + x);
}
