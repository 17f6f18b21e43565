/**
 * Lays past campaigns out for measuring: who was in which arm, what they did before, what they did while the campaign ran.
 * Everything that sorts people (tier, earlier orders, the draw) was known before the campaign began, so no outcome can
 * choose a group. Money returned counts against the order that it was paid for, whenever it came back.
 */
import type { Compute } from '#engines/index.ts';
import { literal } from '#engines/index.ts';
import type { Shop } from '#events/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { stageWorkspaceContacts } from './workspace-contacts.ts';

export interface RoiScope {
  /** What happened later is not known. */
  readonly asOf: number;
  /** Margin as a share of what was paid, where a product has no unit cost. */
  readonly marginShare: number;
  /** What serving an order costs beside its goods, and what an order that comes back costs; default 0. */
  readonly orderCostMinor?: number;
  readonly returnCostMinor?: number;
  /** Campaigns that began between the two, both included; default all. */
  readonly from?: number;
  readonly to?: number;
  /** Days of a campaign that has no end of its own; default 28. */
  readonly windowDays?: number;
  /** The workspace whose own campaigns count beside those of the lake; of one that is in both, the lake's contacts do. */
  readonly workspaceDir?: string;
}

/** What of a shop's settings decides its margin. */
export const roiCosts = ({ marginShare, orderCostMinor, returnCostMinor }: Shop): Omit<RoiScope, 'asOf'> => ({
  marginShare,
  ...(orderCostMinor === undefined ? {} : { orderCostMinor }),
  ...(returnCostMinor === undefined ? {} : { returnCostMinor }),
});

/** Arms that got nothing. */
export const HELD = ['holdout', 'control', 'none', 'global-holdout', 'global_holdout'] as const;
const GLOBAL = "('global-holdout', 'global_holdout')";
/** Behaviour before the campaign that chance differences are taken out by: whole numbers, so that sums are exact. */
export const BEFORE = ['margin_before', 'orders_before', 'silent_days'] as const;
export const OUTCOMES = ['orders', 'revenue', 'margin'] as const;
export type OutcomeName = (typeof OUTCOMES)[number];

const BEFORE_DAYS = 182;
const SILENT_MOST = 366;
const TABLES = ['own', 'contact', 'campaign', 'order', 'spree', 'person', 'curve'] as const;

/** Makes the tables `roi_tmp_...`; `dropRoi` takes them away. */
export async function stageRoi(compute: Compute, scope: RoiScope): Promise<void> {
  await stageContacts(compute, scope);
  await stageOrders(compute, scope);
  await stageSprees(compute);
  await stagePeople(compute);
}

export async function dropRoi(compute: Compute): Promise<void> {
  for (const name of TABLES) await compute.run(`drop table if exists roi_tmp_${name}`);
}

/**
 * `roi_tmp_campaign`: campaign_id, name, start_at, until (the end of its window, at most the present), is_running.
 * `roi_tmp_contact`: one row a person and campaign; `stratum` holds what the chance of being held out may depend on.
 */
async function stageContacts(compute: Compute, scope: RoiScope): Promise<void> {
  const { asOf, from = 0, to = Number.MAX_SAFE_INTEGER, windowDays = 28, workspaceDir } = scope;
  if (workspaceDir !== undefined)
    await stageWorkspaceContacts(compute, { dir: workspaceDir, asOf, into: 'roi_tmp_own' });
  const more =
    workspaceDir === undefined
      ? ''
      : `union all by name select m.campaign_id, m.name, m.customer_id, m.offer_id, m.arm, m.propensity, m.shown_at, m.clicked_at,
          m.cost, m.starts_at, m.ends_at from roi_tmp_own m anti join exposures e using (campaign_id)`;
  const held = HELD.map(literal).join(', ');
  await compute.run(
    `create or replace table roi_tmp_contact as
     with every as (
       select e.campaign_id, c.name, e.customer_id, e.offer_id, e.arm, e.propensity, e.shown_at, e.clicked_at, e.cost,
         c.starts_at, c.ends_at
       from exposures e left join campaigns c using (campaign_id) where e.arm is not null ${more})
     select campaign_id, name, customer_id, offer_id, arm, propensity, shown_at, clicked_at,
       if(arm in (${held}), 0, coalesce(cost, 0))::bigint as cost, arm not in (${held}) as treated, arm in ${GLOBAL} as is_global,
       starts_at, ends_at
     from every where customer_id is not null`,
  );
  await compute.run(
    `create or replace table roi_tmp_campaign as
     with whole as (
       select campaign_id, coalesce(min(name), campaign_id) as name, coalesce(min(starts_at), min(shown_at)) as start_at, max(ends_at) as ends_at,
         count(distinct case when treated then coalesce(offer_id, arm) end) as arms,
         coalesce(max(propensity) filter (treated) - min(propensity) filter (treated) > 1e-6, false)
           or coalesce(max(propensity) filter (not treated) - min(propensity) filter (not treated) > 1e-6, false) as spread
       from roi_tmp_contact group by campaign_id)
     select campaign_id, name, start_at, least(ends, $asOf) as until, ends > $asOf as is_running, arms, spread
     from (select *, coalesce(ends_at, start_at + ${Math.round(windowDays * DAY_MS)} - 1) as ends from whole)
     where start_at <= $asOf and start_at >= $from and start_at <= $to and ends >= start_at`,
    { asOf, from, to },
  );
  // held-out people who are said to have been meant for an offer are compared with those who got that offer
  await compute.run(
    `create or replace table roi_tmp_contact as
     with meant as (
       select campaign_id, bool_or(offer_id is not null) filter (not treated) as is_meant from roi_tmp_contact group by 1)
     select c.campaign_id, c.customer_id, if(c.treated, coalesce(c.offer_id, c.arm), c.offer_id) as offer_id, c.treated, c.is_global,
       c.propensity, c.cost, c.shown_at, c.clicked_at, k.start_at, k.until, coalesce(t.tier, 'unknown') as tier,
       concat_ws(' / ', coalesce(t.tier, 'unknown'), if(m.is_meant, coalesce(c.offer_id, ''), null),
         if(k.spread and k.arms = 1, round(if(c.treated, 1 - c.propensity, c.propensity), 3)::varchar, null)) as stratum
     from roi_tmp_contact c join roi_tmp_campaign k using (campaign_id) join meant m using (campaign_id)
       asof left join (${await tierHistory(compute)}) t on c.customer_id = t.customer_id and k.start_at >= t.as_of`,
  );
}

async function tierHistory(compute: Compute): Promise<string> {
  const [row] = await compute.rows<{ n: number }>(
    "select count(*) as n from information_schema.tables where table_name = 'tier_history'",
  );
  return row!.n === 0
    ? 'select null::bigint as as_of, null::varchar as customer_id, null::varchar as tier where false'
    : 'select as_of, customer_id, tier from tier_history where tier is not null';
}

/** `roi_tmp_order`: one row an order of those who were contacted: revenue and margin net of what came back, in minor units. */
async function stageOrders(compute: Compute, scope: RoiScope): Promise<void> {
  const { asOf, marginShare, orderCostMinor = 0, returnCostMinor = 0 } = scope;
  await compute.run(
    `create or replace table roi_tmp_order as
     with line as (
       select l.customer_id, if(l.status = 'paid', l.order_id, coalesce(l.returns_order_id, l.order_id)) as order_id, l.ordered_at,
         l.status = 'paid' as is_paid, l.paid,
         l.paid - if(p.unit_cost is null, l.paid - round(l.paid * ${Number(marginShare)})::bigint, round(p.unit_cost * l.quantity)::bigint) as margin
       from order_lines l left join products p using (product_id)
       where l.status in ('paid', 'refunded') and l.ordered_at <= $asOf
         and l.customer_id in (select customer_id from roi_tmp_contact)),
     whole as (
       select customer_id, order_id, coalesce(min(ordered_at) filter (is_paid), min(ordered_at)) as placed_at,
         coalesce(sum(paid) filter (is_paid), 0)::bigint as paid, coalesce(sum(paid) filter (not is_paid), 0)::bigint as returned,
         sum(if(is_paid, margin, -margin))::bigint as margin, bool_or(is_paid) as is_order, bool_or(not is_paid) as is_return
       from line group by 1, 2)
     select customer_id, order_id, placed_at, is_order, (paid - returned)::bigint as revenue,
       (margin - if(is_order, ${Math.round(orderCostMinor)}, 0) - if(is_return, ${Math.round(returnCostMinor)}, 0))::bigint as margin,
       if(paid > 0, greatest(0, least(1, 1 - returned / paid)), 1) as kept
     from whole`,
    { asOf },
  );
}

/** `roi_tmp_spree`: what a contacted person did on one day of the campaign, counted from its beginning. */
async function stageSprees(compute: Compute): Promise<void> {
  await compute.run(
    `create or replace table roi_tmp_spree as
     with used as (
       select d.campaign_id, d.customer_id, d.order_id, sum(d.discount)::bigint as discount
       from redemptions d semi join roi_tmp_campaign using (campaign_id) group by all),
     spree as (
       select c.campaign_id, c.customer_id, ((o.placed_at - c.start_at) // ${DAY_MS})::integer as day,
         count(*) filter (o.is_order) as orders, sum(o.revenue)::bigint as revenue, sum(o.margin)::bigint as margin,
         coalesce(sum(round(u.discount * o.kept)), 0)::bigint as discount
       from roi_tmp_contact c join roi_tmp_order o on o.customer_id = c.customer_id and o.placed_at >= c.start_at and o.placed_at <= c.until
         left join used u on u.campaign_id = c.campaign_id and u.customer_id = c.customer_id and u.order_id = o.order_id
       group by all)
     select *, coalesce(sum(margin) over (partition by campaign_id, customer_id order by day
       rows between unbounded preceding and 1 preceding), 0)::bigint as margin_so_far from spree`,
  );
}

/** `roi_tmp_person`: one row a person and campaign with what they did before and in it. */
async function stagePeople(compute: Compute): Promise<void> {
  await compute.run(
    `create or replace table roi_tmp_person as
     with before as (
       select c.campaign_id, c.customer_id,
         coalesce(sum(o.margin) filter (o.placed_at >= c.start_at - ${BEFORE_DAYS * DAY_MS}), 0)::bigint as margin_before,
         count(*) filter (o.is_order and o.placed_at >= c.start_at - ${BEFORE_DAYS * DAY_MS}) as orders_before,
         least(${SILENT_MOST}, (c.start_at - max(o.placed_at)) // ${DAY_MS})::bigint as silent_days
       from roi_tmp_contact c join roi_tmp_order o on o.customer_id = c.customer_id and o.placed_at < c.start_at
       group by c.campaign_id, c.customer_id, c.start_at),
     outcome as (
       select campaign_id, customer_id, sum(orders)::bigint as orders, sum(revenue)::bigint as revenue, sum(margin)::bigint as margin,
         sum(discount)::bigint as discount
       from roi_tmp_spree group by all)
     select c.campaign_id, c.customer_id, c.offer_id, c.treated, c.stratum, c.tier, c.cost, c.propensity,
       coalesce(b.margin_before, 0) as margin_before, coalesce(b.orders_before, 0) as orders_before,
       coalesce(b.silent_days, ${SILENT_MOST}) as silent_days,
       ${[...OUTCOMES, 'discount'].map((name) => `coalesce(o.${name}, 0) as ${name}`).join(', ')}
     from roi_tmp_contact c left join before b using (campaign_id, customer_id) left join outcome o using (campaign_id, customer_id)
     where not c.is_global`,
  );
}
