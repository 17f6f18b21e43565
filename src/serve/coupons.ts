/** Coupons over HTTP: carts as Segment's events have them go in, verdicts in both languages and an event come out. */
import type { z } from 'zod';
import { known } from '#errors.ts';
import {
  balances,
  type Cart,
  type CartLine,
  codesOf,
  couponsIn,
  DENIALS,
  type Denial,
  type Grouped,
  issue,
  type Ledger,
  type Denied as LedgerDenied,
  latest,
  offerOf,
  type Pool,
  poolFigures,
  poolOf,
  poolsOf,
  type Redeemed,
  redeem,
  validate,
} from '#offers/index.ts';
import { majorUnits } from './csv.ts';
import type {
  CartBody,
  Denied,
  IssueBody,
  IssuedReply,
  PoolReply,
  PoolRow,
  RedeemBody,
  RedeemedReply,
  ValidateBody,
  ValidReply,
} from './schemas-offers.ts';
import type { Store } from './store.ts';

/** What a call works with. */
export interface Till {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly grouped: Grouped;
  readonly now: number;
}

type SegmentCart = z.infer<typeof CartBody>;

/** Major units to minor ones, only where nothing is lost. @throws MONEY_INVALID */
function exactMinor(major: number, digits: number, what: string): number {
  const minor = Math.round(major * 10 ** digits);
  if (!Number.isSafeInteger(minor) || Math.abs(minor / 10 ** digits - major) > 1e-9 * Math.max(1, major))
    throw known('MONEY_INVALID', { what: `${what} in minor units`, came: String(major * 10 ** digits), least: 0 });
  return minor;
}

/** The cart of a Segment event with the cost of its goods; costs that are not known are reckoned from the shop's margin. */
async function cartOf({ store }: Till, body: SegmentCart): Promise<Cart> {
  const { currency, currencyDigits: digits } = store.shop;
  const ids = body.products.map((product) => product.product_id);
  const kept = await store.compute.rows<{
    id: string;
    cost: number | null;
    category: string | null;
    brand: string | null;
  }>(
    'select product_id as id, unit_cost as cost, category, brand from products where product_id in (select unnest($ids::json::varchar[]))',
    { ids: JSON.stringify(ids) },
  );
  const byId = new Map(kept.map((row) => [row.id, row]));
  const lines = body.products.map((product): CartLine => {
    const own = byId.get(product.product_id);
    const price =
      product.price_minor ?? (product.price === undefined ? undefined : exactMinor(product.price, digits, 'a price'));
    if (price === undefined)
      throw known('LEDGER_INVALID', { where: `products.${product.product_id}`, expected: 'price or price_minor' });
    const priceMinor = price * product.quantity;
    const { category = own?.category ?? undefined, brand = own?.brand ?? undefined } = product;
    const margin = store.facts.shop.marginShare;
    const costMinor = own?.cost == null ? Math.round((1 - margin) * priceMinor) : own.cost * product.quantity;
    const where = { ...(category === undefined ? {} : { category }), ...(brand === undefined ? {} : { brand }) };
    return { productId: product.product_id, ...where, priceMinor, costMinor };
  });
  return {
    currency: body.currency ?? currency,
    lines,
    ...(body.shipping === undefined ? {} : { shippingMinor: exactMinor(body.shipping, digits, 'the shipping') }),
    ...(body.channel === undefined ? {} : { channel: body.channel }),
  };
}

/** The customer's tier, which limits by tier go by; undefined for strangers. */
async function tierOf({ compute }: Store, customerId: string): Promise<string | undefined> {
  const [row] = await compute.rows<{ tier: string | null }>(
    'select tier from customer_tiers where customer_id = $customerId',
    {
      customerId,
    },
  );
  return row?.tier ?? undefined;
}

interface About {
  readonly code: string;
  readonly orderId?: string | undefined;
  readonly cartId?: string | undefined;
  readonly name?: string;
}

const about = ({ code, orderId, cartId, name }: About) => ({
  ...(orderId === undefined ? {} : { order_id: orderId }),
  ...(cartId === undefined ? {} : { cart_id: cartId }),
  coupon_id: code,
  ...(name === undefined ? {} : { coupon_name: name }),
});

function deniedReply({ reason }: { reason: Denial }, own?: About): z.infer<typeof Denied> {
  const event = own === undefined ? null : { event: 'Coupon Denied' as const, properties: { ...about(own), reason } };
  return { ok: false, reason, words: { ...DENIALS[reason] }, event };
}

function applied(store: Store, own: About, discountMinor: number) {
  const discount = Number(majorUnits(discountMinor, store.shop.currencyDigits));
  return { event: 'Coupon Applied' as const, properties: { ...about(own), discount } };
}

const isDenied = (answer: { readonly ok: boolean }): answer is LedgerDenied => !answer.ok;
const nameOf = ({ ledger }: Till, offer: string, version: number): string =>
  offerOf(ledger, offer, version).offer.name?.en ?? offer;

/** @throws POOL_UNKNOWN, LEDGER_KEY_REUSED */
export async function issueCoupon(
  till: Till,
  { key, ...request }: z.infer<typeof IssueBody> & { key: string },
): Promise<z.infer<typeof IssuedReply> | z.infer<typeof Denied>> {
  const { poolId, customerId, tier: said, decisionId } = request;
  const tier = said ?? (await tierOf(till.store, customerId));
  const call = {
    ...{ key, pool: poolId, customer: customerId, request },
    ...(tier === undefined ? {} : { tier }),
    ...(decisionId === undefined ? {} : { decision: decisionId }),
  };
  const answer = await till.grouped(() => issue(till.ledger, call, till.now));
  if (isDenied(answer)) return deniedReply(answer);
  const { code, pool, offer, version, expiresAt } = answer;
  return { ok: true, code, poolId: pool, offerId: offer, offerVersion: version, expiresAt };
}

/** Whether a code would count; nothing is spent. */
export async function validateCoupon(
  till: Till,
  body: z.infer<typeof ValidateBody>,
): Promise<z.infer<typeof ValidReply>> {
  const use = await askedOf(till, body);
  const answer = validate(till.ledger, use, till.now);
  const own = { code: body.code, orderId: body.orderId, cartId: body.cart?.cart_id };
  if (isDenied(answer)) return deniedReply(answer, own);
  const { code, pool, offer, expiresAt, taken } = answer;
  const given = { ok: true, code, poolId: pool.id, offerId: offer.id, offerVersion: offer.version, expiresAt } as const;
  if (taken === undefined) return { ...given, taken: null, event: null };
  const name = offer.offer.name?.en ?? offer.id;
  return { ...given, taken, event: applied(till.store, { ...own, code, name }, taken.discountMinor) };
}

async function askedOf(till: Till, { code, customerId, orderId, cart }: z.infer<typeof ValidateBody>) {
  const tier = await tierOf(till.store, customerId);
  return {
    ...{ code, customer: customerId },
    ...(tier === undefined ? {} : { tier }),
    ...(orderId === undefined ? {} : { orderId }),
    ...(cart === undefined ? {} : { cart: await cartOf(till, cart) }),
  };
}

/** @throws LEDGER_KEY_REUSED, LEDGER_INVALID */
export async function redeemCoupon(
  till: Till,
  { key, ...request }: z.infer<typeof RedeemBody> & { key: string },
): Promise<z.infer<typeof RedeemedReply> | z.infer<typeof Denied>> {
  const { amountMinor, ...body } = request;
  const use = await askedOf(till, body);
  const currency = use.cart?.currency ?? till.store.shop.currency;
  const call = {
    ...use,
    key,
    request,
    orderId: body.orderId,
    currency,
    ...(amountMinor === undefined ? {} : { amountMinor }),
  };
  const answer: Redeemed | LedgerDenied = await till.grouped(() => redeem(till.ledger, call, till.now));
  const own = { code: body.code, orderId: body.orderId, cartId: body.cart?.cart_id };
  if (isDenied(answer)) return deniedReply(answer, own);
  const { code, pool, offer, version, redemption, discountMinor, shippingMinor, pointsMinor, costMinor } = answer;
  return {
    ...{ ok: true, code, poolId: pool, offerId: offer, offerVersion: version, redemptionId: redemption },
    ...{ discountMinor, shippingMinor, pointsMinor, costMinor },
    event: applied(till.store, { ...own, code, name: nameOf(till, offer, version) }, discountMinor),
  };
}

/** A pool with its counts. */
export function poolRow(ledger: Ledger, pool: Pool, now: number): z.infer<typeof PoolRow> {
  const { offer, version, budget, ...rest } = pool;
  const figures = poolFigures(ledger, pool.id);
  const at = Math.max(now, latest(ledger) ?? 0);
  const isOver = pool.expiresAt !== null && pool.expiresAt <= at;
  return {
    ...rest,
    offerId: offer,
    offerVersion: version,
    offerName: offerOf(ledger, offer, version).offer.name ?? { en: offer, zh: offer },
    budgetId: budget,
    ...figures,
    counts: { ...figures.counts },
    perTier: { ...pool.perTier },
    isLow: !isOver && figures.counts.free <= pool.lowStock,
    isOver,
  };
}

export const poolRows = (ledger: Ledger, now: number): z.infer<typeof PoolRow>[] =>
  poolsOf(ledger).map((pool) => poolRow(ledger, pool, now));

/** @throws POOL_UNKNOWN */
export function poolReply(ledger: Ledger, id: string, now: number): z.infer<typeof PoolReply> {
  const pool = poolOf(ledger, id);
  const [first] = pool.kind === 'shared' ? (codesOf(ledger, id).next().value ?? []) : [];
  return {
    ...poolRow(ledger, pool, now),
    code: first?.code ?? null,
    left: balances(ledger, couponsIn(id, 'free')),
    redeemed: balances(ledger, couponsIn(id, 'redeemed')),
  };
}
