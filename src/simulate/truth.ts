/** The answers beside the data: what estimates from the data should come to. */
import { literal } from '#engines/index.ts';
import { type Table, table as tableOf, texts } from '#table/index.ts';
import { dayStart } from './calendar.ts';
import { productId } from './catalogue.ts';
import { addUnits, leafShares } from './choice.ts';
import { expectedResponse } from './expected-response.ts';
import { DEPARTMENTS, LEAVES } from './lexicon.ts';
import type { Offer } from './offer-effect.ts';
import { ahead, outlook, type Subject } from './outlook.ts';
import type { CampaignTruth } from './past-effects.ts';
import { ARCHETYPES, archetypeOf } from './persona.ts';
import { type Rows, rows } from './rows.ts';
import { periodOf, type World } from './world.ts';

/** Days ahead of the end of the data for which expectations are written. */
export const HORIZONS = [28, 91, 182] as const;

/** Offers whose effect on each customer, in the 28 days after the end of the data, is written down. */
export const MENU: readonly (Offer & { readonly id: string })[] = [
  { id: 'percent-10', percentOff: 10, cost: 20 },
  { id: 'percent-20', percentOff: 20, cost: 20 },
  { id: 'amount-30-from-199', amountOff: 3000, minSpend: 19_900, cost: 20 },
];
export const MENU_DAYS = 28;
/** A first order younger than this makes a customer new. */
const NEW_DAYS = 45;
const TOP_TASTES = 3;

const AHEAD = HORIZONS.flatMap((days) => [`orders_${days}`, `spend_${days}`, `margin_${days}`]);
const TASTES = Array.from({ length: TOP_TASTES }, (_, k) => [`leaf_${k}`, `share_${k}`]).flat();
const FACTS = ['rate', 'dropout', 'left', 'basket', 'sensitivity', 'level', 'opens', 'annoyed', 'browser', 'archetype'];
const CUSTOMER = ['owner', ...FACTS, ...TASTES, ...AHEAD];
const EFFECTS = ['purchase', 'orders', 'revenue', 'margin', 'discount'] as const;
const OFFER = ['owner', 'offer', ...EFFECTS.flatMap((name) => [`${name}_without`, `${name}_with`])];

export interface TruthBooks {
  readonly customers: Rows;
  readonly offers: Rows;
  /** Expected units of each product that customers buy in the 28 days ahead, [products]. */
  readonly units: Float64Array;
}

export const truthBooks = (world: World): TruthBooks => ({
  customers: rows(CUSTOMER),
  offers: rows(OFFER),
  units: new Float64Array(world.catalogue.count),
});

/** Writes down one customer; `wish` are the customer's own wishes. */
export function writeTruth(world: World, about: Subject, wish: Float64Array, into: TruthBooks): void {
  const { persona, path } = about;
  const { endDay } = world.calendar;
  const expectations = ahead(world, about, endDay, HORIZONS);
  const basket = about.basket(periodOf(world, endDay));
  const firstDay = path.orderDays[0] ?? Number.POSITIVE_INFINITY;
  const shares = leafShares(world, persona);
  const tops = [...shares.keys()].sort((a, b) => shares[b]! - shares[a]! || a - b).slice(0, TOP_TASTES);
  into.customers.add(
    persona.index,
    persona.rate,
    persona.dropout,
    path.leftDay < endDay ? dayStart(path.leftDay + 1) - 1 : Number.NaN,
    basket.shelf,
    persona.sensitivity,
    persona.level,
    persona.opens,
    persona.annoyed ? 1 : 0,
    persona.browser ? 1 : 0,
    ARCHETYPES.indexOf(archetypeOf(persona, firstDay >= endDay - NEW_DAYS)),
    ...tops.flatMap((leaf) => [leaf, shares[leaf]!]),
    ...expectations.flatMap(({ orders, spend, margin }) => [orders, spend, margin]),
  );
  const prospects = outlook(world, about, endDay, endDay + MENU_DAYS);
  for (const [k, offer] of MENU.entries()) {
    const { without, with: withOffer } = expectedResponse(persona, prospects, offer);
    into.offers.add(persona.index, k, ...EFFECTS.flatMap((name) => [without[name], withOffer[name]]));
  }
  addUnits(world, persona, wish, periodOf(world, endDay), expectations[0]!.orders, into.units);
}

const id = `'C' || lpad(cast(cast(owner + 1 as integer) as varchar), 7, '0')`;
const picked = (list: readonly string[], column: string): string =>
  `[${list.map((text) => literal(text)).join(', ')}][cast(${column} as integer) + 1]`;

/** truth/customer_truth: one row a customer. Money is a DOUBLE of fen, for it is an expectation. */
export function customerTruthSelect(from: string): string {
  const paths = LEAVES.map(({ department, en }) => `${DEPARTMENTS[department]![0]} > ${en}`);
  const tastes = Array.from(
    { length: TOP_TASTES },
    (_, k) => `{name: ${picked(paths, `leaf_${k}`)}, weight: share_${k}}`,
  );
  const expectations = HORIZONS.map(
    (days) => `orders_${days} as expected_orders_${days}d, spend_${days} as expected_spend_${days}d_minor,
      margin_${days} as expected_margin_${days}d_minor`,
  );
  return `select ${id} as customer_id, ${picked(ARCHETYPES, 'archetype')} as archetype, rate as rate_per_day,
    dropout as dropout_chance, left is null as alive, cast("left" as bigint) as alive_until,
    basket as basket_mean_minor, sensitivity as price_sensitivity, "level" as price_level, opens as open_chance,
    annoyed = 1 as sleeping_dog, browser = 1 as browser, [${tastes.join(', ')}] as tastes, ${expectations.join(', ')}
    from ${from}`.replace('left is null', '"left" is null');
}

/** truth/offer_truth: one row a customer and offer of the menu, over the 28 days after the end of the data. */
export const offerTruthSelect = (from: string): string => `select ${id} as customer_id,
  ${picked(
    MENU.map((offer) => offer.id),
    'offer',
  )} as offer_id, purchase_without, purchase_with, orders_without, orders_with,
  revenue_without as revenue_without_minor, revenue_with as revenue_with_minor,
  margin_without as margin_without_minor, margin_with as margin_with_minor, discount_with as discount_with_minor,
  margin_with - margin_without as uplift_minor from ${from}`;

/** truth/product_truth: what moves each product. */
export function productTruth({ catalogue }: World, units: Float64Array): Table {
  const { count, leafStart, leaf, popularity, elasticity, satisfaction, partner } = catalogue;
  const totals = LEAVES.map((_, c) => {
    let total = 0;
    for (let p = leafStart[c]!; p < leafStart[c + 1]!; p++) total += Math.exp(popularity[p]!);
    return total;
  });
  const each = (value: (p: number) => number) => ({
    kind: 'number' as const,
    values: Float64Array.from({ length: count }, (_, p) => value(p)),
  });
  return tableOf({
    product_id: texts(Array.from({ length: count }, (_, p) => productId(p))),
    base_demand: each((p) => Math.exp(popularity[p]!) / totals[leaf[p]!]!),
    elasticity: each((p) => elasticity[p]!),
    satisfaction: each((p) => satisfaction[p]!),
    partner_product_id: texts(Array.from(partner, (q) => (q < 0 ? null : productId(q)))),
    expected_units_28d: each((p) => units[p]!),
  });
}

/** truth/campaign_truth: one row an arm of each past campaign. */
export function campaignTruth(truth: CampaignTruth): Table {
  const entries = [...truth.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return tableOf({
    campaign_id: texts(entries.map(([key]) => key.split('/')[0]!)),
    arm: texts(entries.map(([key]) => key.split('/')[1]!)),
    customers: { kind: 'number', values: Float64Array.from(entries, ([, arm]) => arm.customers) },
    true_profit_minor: { kind: 'number', values: Float64Array.from(entries, ([, arm]) => arm.realised) },
  });
}
