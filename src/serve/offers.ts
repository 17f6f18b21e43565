/** Offers as the console shows them: kept ones with their cost held against the shop's own orders, and past ones. */
import type { z } from 'zod';
import { type ArmSums, effectOf, fixedTest, statisticOf, thetaOf } from '#experiments/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import {
  type Cart,
  type KeptOffer,
  type Ledger,
  type MarginCheck,
  marginCheck,
  type Offer,
  offerOf,
  offersOf,
  parseOffer,
  poolFigures,
  poolsOf,
  reachCost,
  type Say,
  versionsOf,
  wordsOf,
} from '#offers/index.ts';
import { majorUnits } from './csv.ts';
import type { OfferCheckReply, OfferReply, OfferRow, OffersReply, PastOffersReply } from './schemas-offers.ts';
import type { Store } from './store.ts';

/** Orders that an offer is held against: enough for a share to about one in a hundred. */
const ORDERS = 2000;
const YEAR_MS = 365 * DAY_MS;

const sayOf =
  ({ shop }: Store): Say =>
  (amountMinor) =>
    `${shop.currency} ${majorUnits(amountMinor, shop.currencyDigits)}`;

/**
 * Orders of the last year as carts at the prices paid before coupons, by a fixed lot; costs that are not known are
 * reckoned from the shop's margin.
 */
const ordersOf = (store: Store): Promise<readonly Cart[]> =>
  store.memo('orders as carts', async () => {
    const { asOf, shop } = store.facts;
    const rows = await store.compute.rows<{
      orderId: string;
      productId: string;
      category: string | null;
      brand: string | null;
      price: number;
      cost: number;
    }>(
      `with own as (
         select order_id from order_lines where status = 'paid' and ordered_at > $from and ordered_at <= $asOf
         group by 1 order by md5(order_id), order_id limit ${ORDERS})
       select l.order_id as "orderId", l.product_id as "productId", p.category, p.brand,
         (l.paid + coalesce(l.coupon_discount, 0))::bigint as price,
         coalesce(round(p.unit_cost * l.quantity), round((1 - $margin) * l.paid))::bigint as cost
       from order_lines l join own using (order_id) left join products p using (product_id)
       where l.status = 'paid' order by l.order_id, l.line`,
      { from: asOf - YEAR_MS, asOf, margin: shop.marginShare },
    );
    const orders = new Map<string, { currency: string; lines: Cart['lines'][number][] }>();
    for (const { orderId, productId, category, brand, price, cost } of rows) {
      const cart = orders.get(orderId) ?? { currency: shop.currency, lines: [] };
      const where = { ...(category === null ? {} : { category }), ...(brand === null ? {} : { brand }) };
      cart.lines.push({ productId, ...where, priceMinor: price, costMinor: cost });
      orders.set(orderId, cart);
    }
    return [...orders.values()];
  });

const checkOf = (store: Store, offer: Offer): Promise<MarginCheck> =>
  store.memo(`offer check ${JSON.stringify(offer)}`, async () => marginCheck(offer, await ordersOf(store)));

/** What an offer that is being written would come to. @throws CAMPAIGN_INVALID */
export async function tryOffer(store: Store, input: unknown): Promise<z.infer<typeof OfferCheckReply>> {
  const offer = parseOffer(input);
  return { words: wordsOf(offer, sayOf(store)), reachMinor: reachCost(offer), check: await checkOf(store, offer) };
}

/** All kept offers, by id. */
export async function offerRows(store: Store, ledger: Ledger): Promise<z.infer<typeof OffersReply>> {
  return { rows: await Promise.all(offersOf(ledger).map((own) => rowOf(store, ledger, own))) };
}

/** One offer with its versions. @throws OFFER_UNKNOWN */
export async function offerReply(store: Store, ledger: Ledger, id: string): Promise<z.infer<typeof OfferReply>> {
  const versions = versionsOf(ledger, id).map((own) => described(store, own));
  return { ...(await rowOf(store, ledger, offerOf(ledger, id))), versions };
}

function described(store: Store, { id, version, offer, isUsed, at }: KeptOffer) {
  const name = offer.name ?? { en: id, zh: id };
  return {
    id,
    version,
    kind: offer.kind,
    name,
    terms: offer as z.infer<typeof OfferRow>['terms'],
    words: wordsOf(offer, sayOf(store)),
    isUsed,
    at,
  };
}

async function rowOf(store: Store, ledger: Ledger, own: KeptOffer): Promise<z.infer<typeof OfferRow>> {
  const pools = poolsOf(ledger).filter((pool) => pool.offer === own.id);
  const figures = pools.map((pool) => poolFigures(ledger, pool.id));
  const sum = (value: (one: (typeof figures)[number]) => number) =>
    figures.reduce((total, one) => total + value(one), 0);
  return {
    ...described(store, own),
    pools: pools.length,
    issued: sum(({ counts }) => counts.issued),
    redeemed: sum(({ counts }) => counts.redeemed),
    costMinor: sum(({ costMinor }) => costMinor),
    check: await checkOf(store, own.offer),
  };
}

type PastReply = z.infer<typeof PastOffersReply>;

interface PastRow {
  readonly offer_id: string;
  readonly campaign_id: string;
  readonly campaign: string | null;
  readonly kind: string | null;
  readonly percent_off: number | null;
  readonly amount_off: number | null;
  readonly min_spend: number | null;
  readonly starts_at: number | null;
  readonly ends_at: number | null;
  readonly offered: number;
  readonly contact: number;
  readonly arm: string | null;
  readonly held: number;
  readonly held_arm: string | null;
  readonly redeemed: number;
  readonly discount: number;
}

const WINDOW_MS = 28 * DAY_MS;
const BEFORE_MS = 182 * DAY_MS;

/** What `armOf` reads: sums over an arm of orders y and of orders x of the half year before. */
const ARM = '[count(*), sum(y), sum(y * y), sum(x), sum(x * x), sum(x * y)]::bigint[]::varchar';

function armOf(text: string | null): ArmSums {
  const [n = 0, sum = 0, squares = 0, ...before] = text === null ? [] : (JSON.parse(text) as number[]);
  const [x = 0, xx = 0, xy = 0] = before;
  return { n, sum, squares, covariate: { sum: x, squares: xx, product: xy } };
}

/** Orders in the campaign's time (28 days where its end is not known) of everybody who was in it, and of the half year before. */
const PAST = `with contact as (
    select coalesce(e.campaign_id, '') as campaign_id, e.customer_id, coalesce(e.offer_id, '') as offer_id, e.cost,
      coalesce(e.arm, '') in ('holdout', 'control') as is_held, coalesce(c.starts_at, e.shown_at) as start_at,
      coalesce(c.ends_at, coalesce(c.starts_at, e.shown_at) + ${WINDOW_MS}) as end_at
    from exposures e left join campaigns c using (campaign_id)),
  outcome as (
    select t.campaign_id, t.customer_id, min(t.offer_id) as offer_id, bool_or(t.is_held) as is_held, sum(t.cost) as cost,
      count(distinct o.order_id) filter (o.ordered_at >= t.start_at) as y, count(distinct o.order_id) filter (o.ordered_at < t.start_at) as x
    from contact t left join order_lines o on o.customer_id = t.customer_id and o.status = 'paid'
      and o.ordered_at >= t.start_at - ${BEFORE_MS} and o.ordered_at < t.end_at
    group by 1, 2),
  given as (
    select campaign_id, offer_id, count(*) as offered, coalesce(sum(cost), 0)::bigint as contact, ${ARM} as arm
    from outcome where not is_held group by 1, 2),
  held as (
    select campaign_id, count(*) as held, ${ARM} as arm from outcome where is_held group by 1),
  used as (
    select coalesce(campaign_id, '') as campaign_id, coalesce(offer_id, '') as offer_id, count(*) as redeemed,
      coalesce(sum(discount), 0)::bigint as discount
    from redemptions group by 1, 2),
  terms as (
    select coalesce(campaign_id, '') as campaign_id, offer_id, any_value(kind) as kind, max(percent_off)::double as percent_off,
      max(amount_off) as amount_off, max(min_spend) as min_spend
    from offers group by 1, 2),
  keys as (
    select campaign_id, offer_id from given union select campaign_id, offer_id from used union select campaign_id, offer_id from terms)
  select k.offer_id, k.campaign_id, c.name as campaign, t.kind, t.percent_off, t.amount_off, t.min_spend, c.starts_at, c.ends_at,
    coalesce(g.offered, 0) as offered, coalesce(g.contact, 0) as contact, g.arm, coalesce(h.held, 0) as held,
    h.arm as held_arm,
    coalesce(u.redeemed, 0) as redeemed, coalesce(u.discount, 0) as discount
  from keys k left join terms t using (campaign_id, offer_id) left join campaigns c using (campaign_id)
    left join given g using (campaign_id, offer_id) left join held h using (campaign_id) left join used u using (campaign_id, offer_id)
  order by c.starts_at desc nulls last, offered desc, redeemed desc, k.campaign_id, k.offer_id limit 500`;

/**
 * Offers of the shop's past, with what they cost and what each order that they brought cost: orders beyond those of the
 * held out, chance differences of the half year before taken out (CUPED).
 */
export const pastOffers = (store: Store): Promise<PastReply> =>
  store.memo('past offers', async () => {
    const rows = await store.compute.rows<PastRow>(PAST);
    return { rows: rows.map((row) => pastRow(row, sayOf(store))) };
  });

function pastRow(row: PastRow, say: Say): PastReply['rows'][number] {
  const costMinor = row.discount + row.contact;
  const [control, treated] = [armOf(row.held_arm), armOf(row.arm)];
  const theta = thetaOf([control, treated]);
  const effect = effectOf(statisticOf(control, { theta }), statisticOf(treated, { theta }), { scale: 'absolute' });
  const told = typeof effect === 'string' ? undefined : fixedTest(effect);
  const more = typeof effect === 'string' ? null : row.offered * effect.estimate;
  const bounds = told === undefined ? null : ([row.offered * told.low, row.offered * told.high] as const);
  const isSure = bounds !== null && bounds[0] > 0;
  return {
    offerId: row.offer_id,
    campaignId: row.campaign_id === '' ? null : row.campaign_id,
    campaign: row.campaign,
    kind: row.kind ?? 'coupon',
    words: pastWords(row, say),
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    offered: row.offered,
    redeemed: row.redeemed,
    discountMinor: row.discount,
    contactMinor: row.contact,
    costMinor,
    heldOut: row.held,
    moreOrders: more,
    moreOrdersInterval: bounds === null ? null : [...bounds],
    costPerOrderMinor: isSure && more !== null ? Math.round(costMinor / more) : null,
    costPerOrderInterval: isSure ? [Math.round(costMinor / bounds[1]), Math.round(costMinor / bounds[0])] : null,
  };
}

function pastWords({ percent_off, amount_off, min_spend }: PastRow, say: Say): { en: string; zh: string } {
  const off =
    percent_off !== null
      ? { percentOff: percent_off }
      : amount_off !== null
        ? { amountOffMinor: amount_off }
        : undefined;
  if (off === undefined) return { en: '', zh: '' };
  return wordsOf({ kind: 'coupon', ...off, minSpendMinor: min_spend ?? 0, contactCostMinor: 0 }, say);
}
