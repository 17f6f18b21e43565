/**
 * What customers had to do with products up to a moment, in scratch tables of the engine:
 * recommend_tmp_customer (code, customer_id, tier, tier_index, personal), recommend_tmp_product (code, product_id,
 * title_en, title_zh, category, price, unit_cost, active_day, sellable), recommend_tmp_day (customer, product, day: purchases that were kept) and
 * recommend_tmp_pair (customer, product, buys, first_day, last_day, weight, view_days), by customer and product.
 */
import type { Compute } from '#engines/index.ts';
import { dayOf } from '#events/index.ts';
import { DAY_MS, dayNumber } from '#kernels/local-time.ts';
import type { RecommendRules, RecommendWeights } from './rules.ts';

export interface Moment {
  /** Epoch ms; later rows are not seen. */
  readonly asOf: number;
  readonly timeZone: string;
}

export interface StageOptions extends Moment {
  readonly rules: RecommendRules;
  readonly weights: RecommendWeights;
  /** SQL of customer_id, tier, tier_index; undefined: all in one tier. */
  readonly tiers?: string | undefined;
  /** Only products that were ever ordered; default false. */
  readonly onlySold?: boolean;
}

const SCRATCH = ['customer', 'product', 'day', 'pair', 'returned'];

/** Removes the scratch tables. */
export async function dropStage(compute: Compute): Promise<void> {
  for (const name of SCRATCH) await compute.run(`drop table if exists recommend_tmp_${name}`);
}

/** Is there a table or view of that name? */
export async function has(compute: Compute, name: string): Promise<boolean> {
  const [row] = await compute.rows<{ n: number }>(
    'select count(*) n from information_schema.tables where table_name = $name',
    { name },
  );
  return row!.n > 0;
}

/** The tiers as of a moment: of customer_tiers now, or of tier_history for the past; undefined where there are none. */
export async function tiersAt(compute: Compute, asOf: number | 'now'): Promise<string | undefined> {
  if (asOf === 'now')
    return (await has(compute, 'customer_tiers'))
      ? 'select customer_id, tier, tier_index from customer_tiers'
      : undefined;
  if (!(await has(compute, 'tier_history'))) return undefined;
  const [row] = await compute.rows<{ at: number | null }>(
    `select max(as_of)::bigint as "at" from tier_history where as_of <= ${Math.floor(asOf)}`,
  );
  return row!.at === null
    ? undefined
    : `select customer_id, tier, tier_index from tier_history where as_of = ${row!.at}`;
}

/** Makes the scratch tables. */
export async function stage(compute: Compute, options: StageOptions): Promise<void> {
  await dropStage(compute);
  await stageCustomers(compute, options);
  await stageProducts(compute, options);
  await stageDays(compute, options);
  await stagePairs(compute, options);
}

async function stageCustomers(compute: Compute, { asOf, tiers }: StageOptions): Promise<void> {
  const tier = tiers ?? 'select null::varchar customer_id, null::varchar tier, 0 tier_index where false';
  await compute.run(
    `create table recommend_tmp_customer as
    with ids as (
      select customer_id from customers
      union select customer_id from order_lines where ordered_at <= $asOf
      union select customer_id from events where occurred_at <= $asOf
      union select customer_id from (${tier}))
    select (row_number() over (order by i.customer_id) - 1)::integer code, i.customer_id, t.tier,
      coalesce(t.tier_index, -1)::integer tier_index, coalesce(c.consent_personal, true) personal
    from ids i left join (${tier}) t using (customer_id) left join customers c using (customer_id)
    where i.customer_id is not null
    order by code`,
    { asOf },
  );
}

/** Products sold as of the moment; where there is no catalogue at all, everything that was ever bought. */
async function stageProducts(
  compute: Compute,
  { asOf, timeZone, rules, onlySold = false }: StageOptions,
): Promise<void> {
  const params: Record<string, string | number> = { asOf };
  const skipped = rules.skipCategories.map((category, i) => {
    params[`skip${i}`] = category;
    return `(p.category = $skip${i} or starts_with(p.category, $skip${i} || ' > '))`;
  });
  const stock = rules.skipOutOfStock ? 'and coalesce(p.stock, 1) > 0' : '';
  await compute.run(
    `create table recommend_tmp_product as
    with ids as (
      ${onlySold ? '' : 'select product_id from products union'} select distinct product_id from order_lines where ordered_at <= $asOf)
    select (row_number() over (order by i.product_id) - 1)::integer code, i.product_id,
      coalesce(p.title, p.title_zh, i.product_id) title_en, coalesce(p.title_zh, p.title, i.product_id) title_zh,
      coalesce(p.category, '') category, p.price, p.unit_cost, ${dayOf('p.active_from', timeZone)} as active_day,
      ((p.product_id is not null or not exists (from products)) ${stock}
        and coalesce(p.active_from, $asOf) <= $asOf and (p.active_to is null or p.active_to > $asOf)
        ${skipped.length === 0 ? '' : `and not coalesce(${skipped.join(' or ')}, false)`}) sellable
    from ids i left join products p using (product_id)
    where i.product_id is not null
    order by code`,
    params,
  );
}

async function stageDays(compute: Compute, { asOf, timeZone }: StageOptions): Promise<void> {
  await compute.run(
    `create table recommend_tmp_returned as
    with pairs as (
      select distinct customer_id, product_id from order_lines where status = 'refunded' and ordered_at <= $asOf)
    select customer_id, product_id from order_lines join pairs using (customer_id, product_id)
    where ordered_at <= $asOf and status in ('paid', 'refunded')
    group by 1, 2 having sum(case when status = 'paid' then quantity else -quantity end) <= 0`,
    { asOf },
  );
  await compute.run(
    `create table recommend_tmp_day as
    select distinct c.code customer, p.code product, ${dayOf('l.ordered_at', timeZone)} "day"
    from (select * from order_lines l anti join recommend_tmp_returned r using (customer_id, product_id)) l
      join recommend_tmp_customer c using (customer_id) join recommend_tmp_product p using (product_id)
    where l.status = 'paid' and l.ordered_at <= $asOf`,
    { asOf },
  );
}

/** Weights are added as whole multiples of 2^-20, so the sum doesn't depend on the order of rows. */
async function stagePairs(compute: Compute, { asOf, timeZone, weights }: StageOptions): Promise<void> {
  const today = dayNumber(asOf, timeZone);
  await compute.run(
    `create table recommend_tmp_pair as
    with bought as (
      select customer, product, count(*)::integer buys, min("day") first_day, max("day") last_day,
        (sum(round(1048576 * pow(0.5, (${today} - "day") / ${Number(weights.halfLifeDays)}.0))::bigint) / 1048576.0)::double weight
      from recommend_tmp_day group by 1, 2),
    looked as (
      select c.code customer, p.code product, count(distinct ${dayOf('e.occurred_at', timeZone)})::integer as view_days
      from events e join recommend_tmp_customer c using (customer_id) join recommend_tmp_product p using (product_id)
      where e.name in ('Product Viewed', 'Product Clicked', 'Product Added', 'Product Added to Wishlist')
        and e.occurred_at <= $asOf and e.occurred_at > $asOf - ${Math.floor(weights.viewDays)} * ${DAY_MS}::bigint
      group by 1, 2)
    select customer, product, coalesce(b.buys, 0) buys, coalesce(b.first_day, 0) first_day,
      coalesce(b.last_day, 0) last_day, coalesce(b.weight, 0) weight, coalesce(l.view_days, 0) as view_days
    from bought b full join looked l using (customer, product)
    order by customer, product`,
    { asOf },
  );
}
