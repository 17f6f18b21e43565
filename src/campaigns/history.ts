/**
 * What past campaigns with a random holdout did: margin in the window after the contact, by group, campaign and side.
 * Groups are formed from what was known before the contact, so the outcome can't choose the group.
 */
import type { Compute } from '#engines/index.ts';
import type { Shop } from '#events/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import type { Table } from '#table/index.ts';
import { type PastCell, pooled } from './past.ts';
import type { Cell } from './shrink.ts';
import { type Band, bandSql, type Habit, habitSql, traitsOf } from './strata.ts';

export interface History {
  /** By stratum, campaign, side and depth. */
  readonly cells: readonly PastCell[];
  /** The same without depth: margin as `shrunkEffects` takes it, and discounts given to the treated of each stratum. */
  readonly margin: readonly Cell[];
  readonly discounts: readonly { readonly group: string; readonly n: number; readonly sum: number }[];
  readonly campaigns: readonly string[];
  readonly people: number;
  /** Mean depth of the treated's offers as a share of an order; 0 where not known. */
  readonly depth: number;
}

/** Margin as a share of what was paid, where a product has no unit cost; what an order and a return cost beside the goods. */
export type Costs = Pick<Shop, 'marginShare' | 'orderCostMinor' | 'returnCostMinor'>;

export interface HistoryOptions extends Costs {
  readonly asOf: number;
  readonly windowDays: number;
}

const HELD = "('holdout', 'control')";
/** Reads the history; people is 0 where no finished campaign has both treated and held-out customers. */
export async function readHistory(compute: Compute, options: HistoryOptions): Promise<History> {
  await stageContacts(compute, options);
  try {
    const rows = await compute.rows<Row>(
      `select o.tier, o.band, o.habit, o.campaign_id as campaign, o.treated, if(o.treated, d.depth, null) as depth,
        count(*) as n, sum(o.margin)::double as margin, sum(o.margin::hugeint * o.margin)::double as "marginSquares",
        count(*) filter (o.bought) as buyers, sum(o.discount)::double as discount
      from campaigns_tmp_outcome o left join (${DEPTH}) d using (offer_id, campaign_id)
      group by all order by all`,
    );
    const known = rows.filter(({ depth }) => depth !== null);
    const depth =
      sumOf(known, (row) => row.n * row.depth!) /
      Math.max(
        1,
        sumOf(known, (row) => row.n),
      );
    const cells = rows.map(({ tier, band, habit, ...cell }) => ({ ...cell, traits: traitsOf(tier, band, habit) }));
    const { margin, discounts } = pooled(cells);
    return {
      ...{ cells, margin, discounts },
      campaigns: [...new Set(rows.map((row) => row.campaign))],
      people: sumOf(rows, (row) => row.n),
      depth,
    };
  } finally {
    for (const name of ['contact', 'outcome']) await compute.run(`drop table if exists campaigns_tmp_${name}`);
  }
}

/** One contact of a past campaign: what was known before it, and what came of it. Columns [contacts]. */
export interface Contacts {
  readonly table: Table;
  readonly count: number;
}

/** Contacts looked at, at most. */
const CONTACTS_MAX = 20_000;

/**
 * Contacts one by one, 20,000 at most by a draw of their own: customer_id, campaign, treated, depth, tier, band, habit, days
 * (since the last order, missing: never), orders, coupons, spend, margin, bought, discount.
 */
export async function readContacts(compute: Compute, options: HistoryOptions): Promise<Contacts> {
  await stageContacts(compute, options);
  try {
    const rows = await compute.table(
      `select o.customer_id, o.campaign_id as campaign, o.treated::integer::double as treated,
        if(o.treated, d.depth, null) as depth, o.tier, o.band, o.habit, o.days::double as days, o.orders::double as orders,
        o.coupons::double as coupons, o.spend::double as spend, o.margin::double as margin,
        o.bought::integer::double as bought, o.discount::double as discount
      from campaigns_tmp_outcome o left join (${DEPTH}) d using (offer_id, campaign_id)
      order by md5(o.customer_id || '/' || o.campaign_id), o.campaign_id, o.customer_id limit ${CONTACTS_MAX}`,
    );
    return { table: rows, count: rows.length };
  } finally {
    for (const name of ['contact', 'outcome']) await compute.run(`drop table if exists campaigns_tmp_${name}`);
  }
}

type Row = Omit<PastCell, 'traits'> & { tier: string | null; band: Band; habit: Habit };

const sumOf = <T>(items: readonly T[], pick: (item: T) => number): number =>
  items.reduce((sum, item) => sum + pick(item), 0);

/** Depth of an offer: its percentage, or its amount over the mean order. */
const DEPTH = `select offer_id, campaign_id,
    max(round(coalesce(percent_off / 100, amount_off / (
      select (sum(paid) / nullif(count(distinct order_id), 0))::double from order_lines where status = 'paid')), 6))::double as depth
  from offers group by 1, 2`;

async function stageContacts(compute: Compute, { asOf, windowDays, ...shop }: HistoryOptions): Promise<void> {
  const window = Math.round(windowDays * DAY_MS);
  await compute.run(
    `create or replace table campaigns_tmp_contact as
    with contact as (
      select e.campaign_id, e.customer_id, e.offer_id, e.arm not in ${HELD} as treated,
        coalesce(c.starts_at, e.shown_at) as start_at
      from exposures e left join campaigns c using (campaign_id)
      where e.arm is not null),
    both_sides as (
      select campaign_id from contact group by 1 having bool_or(treated) and not bool_and(treated))
    select * from contact semi join both_sides using (campaign_id)
    where start_at is not null and start_at + ${window} <= $asOf`,
    { asOf },
  );
  const tier = await historicalTier(compute);
  await compute.run(
    `create or replace table campaigns_tmp_outcome as
    with contact as (from campaigns_tmp_contact),
    line as (
      select l.customer_id, l.order_id, l.ordered_at, l.status, l.coupon_discount, l.paid,
        case when l.status = 'paid' then 1 else -1 end
          * (case when p.unit_cost is null then round(l.paid * ${Number(shop.marginShare)})::bigint
             else l.paid - round(p.unit_cost * l.quantity)::bigint end) as margin
      from order_lines l left join products p using (product_id)
      where l.status in ('paid', 'refunded') and l.customer_id in (select customer_id from contact)),
    outcome as (
      select c.campaign_id, c.customer_id, bool_or(l.status = 'paid') as bought,
        (sum(l.margin) - ${whole(shop.orderCostMinor)} * count(distinct l.order_id) filter (l.status = 'paid')
          - ${whole(shop.returnCostMinor)} * count(distinct l.order_id) filter (l.status = 'refunded'))::bigint as margin
      from contact c join line l on l.customer_id = c.customer_id
        and l.ordered_at >= c.start_at and l.ordered_at < c.start_at + ${window}
      group by 1, 2),
    basket as (
      select customer_id, order_id, max(ordered_at) as ordered_at, max(coupon_discount) > 0 as coupon, sum(paid) as paid
      from line where status = 'paid' group by 1, 2),
    past as (
      select c.campaign_id, c.customer_id, ((c.start_at - max(b.ordered_at)) // ${DAY_MS})::integer as days,
        count(*) as orders, count(*) filter (b.coupon) as coupons, sum(b.paid)::bigint as spend
      from contact c join basket b on b.customer_id = c.customer_id and b.ordered_at < c.start_at
      group by c.campaign_id, c.customer_id, c.start_at),
    redeemed as (
      select c.campaign_id, c.customer_id, sum(d.discount)::bigint as discount
      from contact c join redemptions d on d.campaign_id = c.campaign_id and d.customer_id = c.customer_id
      where d.redeemed_at >= c.start_at and d.redeemed_at < c.start_at + ${window} group by 1, 2)
    select c.campaign_id, c.customer_id, c.offer_id, c.treated, ${bandSql('r.days')} as band,
      ${habitSql('r.coupons', 'r.orders')} as habit, ${tier} as tier,
      r.days, coalesce(r.orders, 0) as orders, coalesce(r.coupons, 0) as coupons, coalesce(r.spend, 0) as spend,
      coalesce(o.margin, 0) as margin, coalesce(o.bought, false) as bought, coalesce(d.discount, 0) as discount
    from contact c left join outcome o using (campaign_id, customer_id)
      left join past r using (campaign_id, customer_id) left join redeemed d using (campaign_id, customer_id)`,
  );
}

const whole = (minor = 0): number => Math.round(minor);

/** SQL of the tier that a contacted customer had at the last cut before the contact; null where none is kept. */
async function historicalTier(compute: Compute): Promise<string> {
  const [row] = await compute.rows<{ n: number }>(
    "select count(*) as n from information_schema.tables where table_name = 'tier_history'",
  );
  if (row!.n === 0) return 'null::varchar';
  return `(select arg_max(h.tier, h.as_of) from tier_history h where h.customer_id = c.customer_id and h.as_of <= c.start_at)`;
}
