/** The HTTP contract of offers, coupon pools, coupons, budgets and the ledger. */
import { z } from 'zod';
import { COUPON_STATES, OFFER_KINDS, OfferFields, PoolFields } from '#offers/index.ts';
import { count, minor, moment, text, whole } from './parameters.ts';

const both = z.object({ en: z.string(), zh: z.string() });
const actor = text.min(1).describe('who does it');
const id = z.string().min(1).max(100);

export const OfferParams = z.object({ id });
export const OfferBody = z.strictObject({
  offer: z
    .unknown()
    .describe(
      `an offer: kind (${OFFER_KINDS.join(', ')}), id, name {en, zh}, what it gives, limits; checked as a whole`,
    ),
  actor: actor.optional(),
});
export const OfferCheckBody = z.strictObject({ offer: z.unknown().describe('an offer, perhaps without id and name') });

const check = z
  .object({
    orders: count.describe('orders of the shop that it was held against'),
    usable: count.describe('of these, orders that it counts for'),
    loses: count.describe('of the usable, sold below cost with it and not without'),
    cut: count.describe('of the usable, cut back by the margin floor'),
    refused: count.describe('refused by the margin floor'),
    marginBeforeMinor: minor.describe('of the usable, without the offer'),
    usedMinor: minor.describe('what it takes from that'),
  })
  .describe('the offer on the shop’s own orders');
const offer = z.object({
  id: z.string(),
  version: count,
  kind: z.enum(OFFER_KINDS),
  name: both,
  terms: OfferFields.describe('the whole offer'),
  words: both.describe('what it gives and costs'),
  isUsed: z.boolean().describe('terms of a used version never change'),
  at: moment,
});
export const OfferRow = offer.extend({ pools: count, issued: count, redeemed: count, costMinor: minor, check });
export const OffersReply = z.object({ rows: z.array(OfferRow) });
export const OfferReply = OfferRow.extend({ versions: z.array(offer).describe('newest first') });
export const OfferCheckReply = z.object({ words: both, reachMinor: minor, check });

const interval = z.tuple([z.number(), z.number()]);
export const PastOffersReply = z.object({
  rows: z.array(
    z.object({
      offerId: z.string(),
      campaignId: z.string().nullable(),
      campaign: z.string().nullable(),
      kind: z.string(),
      words: both,
      startsAt: moment.nullable(),
      endsAt: moment.nullable(),
      offered: count.describe('customers who got it'),
      redeemed: count,
      discountMinor: minor,
      contactMinor: minor,
      costMinor: minor.describe('discounts and contacts'),
      heldOut: count.describe('customers whom the campaign held out by chance'),
      moreOrders: z
        .number()
        .nullable()
        .describe('orders that it brought beyond those of the held out; null: not measured'),
      moreOrdersInterval: interval.nullable().describe('95 %'),
      costPerOrderMinor: minor.nullable().describe('cost over moreOrders; null where that may be nothing'),
      costPerOrderInterval: interval.nullable(),
    }),
  ),
});

export const PoolBody = z.strictObject({
  pool: PoolFields.partial({ currency: true }).describe('currency: default the shop’s'),
  actor: actor.optional(),
});
export const PoolParams = z.object({ id });
const point = z.object({ at: moment, value: count });
export const PoolRow = z.object({
  id: z.string(),
  offerId: z.string(),
  offerVersion: count,
  offerName: both,
  budgetId: z.string().nullable(),
  currency: z.string(),
  kind: z.enum(['generated', 'uploaded', 'shared']),
  total: count.describe('codes, or uses of the shared code'),
  counts: z.record(z.enum(COUPON_STATES), count).describe('codes (of a shared code: uses) by state'),
  most: count.describe('redemptions that it allows'),
  costMinor: minor.describe('redemptions that were not refunded'),
  perPerson: count.nullable(),
  perTier: z.record(z.string(), count),
  startsAt: moment.nullable(),
  expiresAt: moment.nullable(),
  validMs: count.nullable().describe('how long a coupon counts once it is given'),
  holdMinor: minor,
  isBearer: z.boolean(),
  lowStock: count,
  isLow: z.boolean().describe('no more than lowStock are left, and it is not over'),
  isOver: z.boolean(),
  madeAt: moment,
});
export const PoolsReply = z.object({ rows: z.array(PoolRow) });
export const PoolReply = PoolRow.extend({
  code: z.string().nullable().describe('of a shared code'),
  left: z.array(point).describe('codes not given out'),
  redeemed: z.array(point),
});
export const CodesQuery = z.strictObject({ format: z.literal('csv').default('csv') });

const product = z
  .object({
    product_id: id,
    category: text.optional(),
    brand: text.optional(),
    price: z
      .number()
      .min(0)
      .optional()
      .describe('of one piece, in major units as Segment has it (18.99); this or price_minor'),
    price_minor: minor.min(0).optional(),
    quantity: z.int().min(1).max(1_000_000).default(1),
  })
  .describe('a product of Segment’s e-commerce events; other fields are ignored');
export const CartBody = z
  .object({
    cart_id: text.optional(),
    currency: z.string().length(3).optional().describe('default: the shop’s'),
    products: z.array(product).max(500),
    shipping: z.number().min(0).optional().describe('major units, as Segment has it'),
    channel: text.optional(),
  })
  .describe('a cart as in Segment’s events');

const customer = text.min(1);
export const IdempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .describe('the same key gives the same answer; with another body it is refused'),
});
export const RefundHeader = z.object({ 'idempotency-key': z.string().min(1).max(255).optional() });
export const IssueBody = z.strictObject({
  poolId: id,
  customerId: customer,
  tier: text.min(1).optional().describe('default: the customer’s tier'),
  decisionId: text.min(1).optional(),
});
export const ValidateBody = z.strictObject({
  code: text.min(1),
  customerId: customer,
  orderId: text.min(1).optional().describe('an order that other codes were redeemed for already'),
  cart: CartBody.optional(),
});
export const RedeemBody = z.strictObject({
  code: text.min(1),
  customerId: customer,
  orderId: text.min(1),
  cart: CartBody.optional().describe('the discount is reckoned here'),
  amountMinor: minor.optional().describe('what it costs, where the shop reckons itself; in the shop’s currency'),
});
export const RefundBody = z.strictObject({ orderId: text.min(1) });
export const RevokeBody = z.strictObject({ code: text.min(1) });

const event = z
  .object({ event: z.enum(['Coupon Applied', 'Coupon Denied']), properties: z.record(z.string(), z.unknown()) })
  .describe('the event of Segment’s e-commerce specification, to be tracked as it is');
export const Denied = z.object({ ok: z.literal(false), reason: z.string(), words: both, event: event.nullable() });
const given = { ok: z.literal(true), code: z.string(), poolId: z.string(), offerId: z.string(), offerVersion: count };
const taken = {
  discountMinor: minor.describe('off the goods'),
  shippingMinor: minor.describe('off the shipping'),
  pointsMinor: minor.describe('worth of points given'),
  costMinor: minor.describe('what it costs the shop'),
};
export const IssuedReply = z.object({ ...given, expiresAt: moment.nullable() });
export const ValidReply = z.union([
  z.object({ ...given, expiresAt: moment.nullable(), taken: z.object(taken).nullable(), event: event.nullable() }),
  Denied,
]);
export const RedeemedReply = z.object({ ...given, redemptionId: count, ...taken, event });
export const RefundReply = z.object({
  amountMinor: minor,
  redemptions: z.array(z.object({ redemptionId: count, code: z.string(), amountMinor: minor })),
});
export const RevokeReply = z.object({ state: z.enum(COUPON_STATES) });

export const BudgetBody = z.strictObject({
  id,
  campaignId: id.optional(),
  amountMinor: minor,
  currency: z.string().length(3).optional().describe('default: the shop’s'),
  actor,
});
export const BudgetParams = z.object({ id });
export const TopUpBody = z.strictObject({ amountMinor: minor, actor });
export const HoldBody = z.strictObject({ amountMinor: minor, expiresAt: moment });
export const HoldParams = z.object({ id: whole(1, Number.MAX_SAFE_INTEGER) });
export const SettleBody = z.strictObject({ amountMinor: minor });
export const BudgetRow = z.object({
  id: z.string(),
  campaignId: z.string().nullable(),
  currency: z.string(),
  openedAt: moment,
  totalMinor: minor.describe('free, held and spent'),
  freeMinor: minor,
  heldMinor: minor,
  spentMinor: minor,
});
export const BudgetsReply = z.object({ rows: z.array(BudgetRow) });
export const BudgetReply = BudgetRow.extend({
  free: z.array(point).describe('what is left free'),
  spent: z.array(point),
});
export const HoldReply = z.object({ ok: z.literal(true), holdId: count, amountMinor: minor, expiresAt: moment });
export const HoldRefused = z.object({ ok: z.literal(false), reason: z.string(), words: both });
export const EndedReply = z.object({ ok: z.literal(true), spentMinor: minor, returnedMinor: minor });

export const LedgerQuery = z.strictObject({ limit: whole(1, 200).default(20) });
export const LedgerReply = z.object({
  entries: count,
  head: z.string().describe('hash of the last entry: binds all before it'),
  rows: z
    .array(
      z.object({
        id: count,
        at: moment,
        deed: z.string(),
        source: z.string(),
        target: z.string(),
        amount: count,
        ref: z.string(),
        unit: z.string().describe('a currency, or code'),
      }),
    )
    .describe('newest first'),
});
export const VerifyReply = z.object({ ok: z.boolean(), entries: count, head: z.string(), faults: z.array(z.string()) });
