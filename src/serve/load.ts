/**
 * Lays the workspace out for reading: views over the lake and over state/, and native tables (`serve_...`) in the order
 * and shape that lists, counts and periods want. A list of a million customers is answered from narrow columns: each sort
 * key is stored as a rank, tags and RFM segments as numbers, the tier at each date as one small column.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Compute, literal } from '#engines/index.ts';
import { known } from '#errors.ts';
import { openLake } from '#events/index.ts';
import { STATES } from '#value/index.ts';

/** A run always leaves these. */
const STATE: Readonly<Record<string, string | null>> = {
  profiles: null,
  customer_values: null,
  customer_tiers: null,
  tier_history: null,
  recommendations: null,
  tier_moves: 'customer_id varchar, from_tier varchar, to_tier varchar, from_at bigint, to_at bigint, why varchar',
  lifecycle: `customer_id varchar, state varchar, since_at bigint, previous_state varchar, silence_days integer, expected_gap_days double,
    chance_silence double, p_active double, chance_to_buy double, next_order_at bigint, next_low_at bigint, next_high_at bigint`,
  lifecycle_history: 'as_of bigint, customer_id varchar, state varchar',
  product_neighbours: 'product_id varchar, kind varchar, "rank" integer, neighbour_id varchar, score double',
  recommend_history: 'as_of bigint, method varchar, part varchar, tier varchar, metric varchar, value double',
  customer_features: 'customer_id varchar',
  product_features: 'product_id varchar',
  profile_names: 'name varchar, zh varchar',
};

/** Columns that files of earlier versions lack, and what stands for them. */
const LATER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  recommendations: { chance: 'null::double', strategy: 'null::varchar' },
  product_neighbours: { kind: "'bought-together'" },
};

/** Periods are summed in tiles of a quarter of an hour: no zone has a day that begins inside one. */
export const TILE_MS = 900_000;
/** Tags in one BIGINT of bits: what a number of JavaScript holds exactly. */
export const TAGS_A_WORD = 52;

/** Makes the views `<table>` of the lake and of state/. */
export async function openViews(compute: Compute, dir: string): Promise<void> {
  await openLake(compute, join(dir, 'lake'));
  for (const [name, columns] of Object.entries(STATE)) {
    const file = join(dir, 'state', `${name}.parquet`);
    if (existsSync(file)) await compute.run(`create or replace view ${name} as ${await fileOf(compute, name, file)}`);
    else if (columns === null) throw known('WORKSPACE_MISSING', { dir, lacks: `state/${name}.parquet` });
    else {
      await compute.run(`create or replace table serve_no_${name} (${columns})`);
      await compute.run(`create or replace view ${name} as from serve_no_${name}`);
    }
  }
}

async function fileOf(compute: Compute, name: string, file: string): Promise<string> {
  const from = `read_parquet(${literal(file)})`;
  const later = LATER[name];
  if (later === undefined) return `from ${from}`;
  const rows = await compute.rows<{ column_name: string }>(`describe from ${from}`);
  const have = new Set(rows.map((row) => row.column_name));
  const lacking = Object.entries(later).filter(([column]) => !have.has(column));
  return `select *${lacking.map(([column, value]) => `, ${value} as ${column}`).join('')} from ${from}`;
}

/**
 * Orders up to `asOf`: `serve_tmp_orders` (customer_id, tile, one row an order with a paid line) and `serve_tiles`
 * (tile, local hour, day and month, money and orders in it).
 */
export async function loadOrders(compute: Compute, asOf: number, timeZone: string): Promise<void> {
  await compute.run(
    `create or replace table serve_tmp_orders as
     select min(customer_id) as customer_id, (min(ordered_at) // ${TILE_MS})::integer as tile
     from order_lines where status = 'paid' and ordered_at <= $asOf group by order_id`,
    { asOf },
  );
  await compute.run(
    `create or replace table serve_tiles as
     with money as (
       select (ordered_at // ${TILE_MS})::integer as tile,
         coalesce(sum(paid) filter (status = 'paid'), 0)::bigint as paid,
         coalesce(sum(paid) filter (status = 'refunded'), 0)::bigint as refunded
       from order_lines where status in ('paid', 'refunded') and ordered_at <= $asOf group by 1),
     orders as (select tile, count(*) as orders from serve_tmp_orders group by 1),
     firsts as (
       select tile, count(*) as new_customers
       from (select min(tile) as tile from serve_tmp_orders where customer_id is not null group by customer_id) group by 1),
     local as (select tile, timezone(${literal(timeZone)}, make_timestamptz(tile * ${TILE_MS}::bigint * 1000)) as moment from money)
     select tile, (epoch_ms(moment) // 3600000)::integer as hour, (moment::date - date '1970-01-01')::integer as day,
       (year(moment) * 12 + month(moment) - 1)::integer as month,
       paid, refunded, coalesce(orders, 0)::integer as orders, coalesce(new_customers, 0)::integer as new_customers
     from money join local using (tile) left join orders using (tile) left join firsts using (tile) order by tile`,
    { asOf },
  );
}

export interface CustomerLayout {
  /** Tag keys by bit. */
  readonly tags: readonly string[];
  /** RFM segment keys by code. */
  readonly segments: readonly string[];
  /**
   * As-of moments of tier_history, oldest first; `tier_at_<i>` and `state_at_<i>` are the tier index and the place in STATES
   * at the i-th, -1 for none.
   */
  readonly dates: readonly number[];
}

/**
 * `serve_customers`: one row a customer, by value from high to low; `pos` is the row number.
 *
 * @param asOfMonth local month of the as-of moment, as in serve_tiles
 */
export async function loadCustomers(compute: Compute, asOfMonth: number): Promise<CustomerLayout> {
  const tags = await column(compute, 'select distinct unnest(tags) as x from profiles order by x');
  const segments = await column(
    compute,
    'select distinct rfm_segment as x from customer_values where rfm_segment is not null order by x',
  );
  const dates = (await compute.rows<{ x: number }>('select distinct as_of as x from tier_history order by x')).map(
    (r) => r.x,
  );
  await helpers(compute, tags, segments, dates, asOfMonth);
  const words = Math.ceil(tags.length / TAGS_A_WORD);
  const bits = Array.from({ length: words }, (_, w) => `coalesce(b.word_${w}, 0) as tags_${w}`);
  const at = dates.flatMap((_, i) => [
    `coalesce(h.at_${i}, -1)::tinyint as tier_at_${i}`,
    `coalesce(z.at_${i}, -1)::tinyint as state_at_${i}`,
  ]);
  await compute.run(
    `create or replace table serve_tmp_base as
     select p.customer_id, lower(concat_ws(' ', p.customer_id, p.city)) as search, p.city,
       coalesce(t.tier_index, -1)::tinyint as tier, v.value_minor, coalesce(p.spend_minor, 0)::bigint as spend_minor,
       coalesce(p.orders, 0)::integer as orders, p.last_order_at, p.recency_days::integer as recency_days, if(isfinite(v.p_alive), v.p_alive, null) as p_alive,
       coalesce(${stateCode('l.state')}, -1)::tinyint as state, l.since_at as state_since,
       v.r::tinyint as r, v.f::tinyint as f, v.m::tinyint as m, coalesce(s.code, -1)::smallint as segment,
       ${[...bits, ...at].map((c) => `${c},`).join(' ')}
       k.spark
     from profiles p
     left join customer_values v using (customer_id) left join customer_tiers t using (customer_id)
     left join serve_tmp_segments s on s.segment = v.rfm_segment
     left join serve_tmp_bits b using (customer_id) left join serve_tmp_history h using (customer_id)
     left join serve_tmp_spark k using (customer_id)
     left join lifecycle l using (customer_id) left join serve_tmp_states z using (customer_id)
     order by v.value_minor desc nulls last, p.customer_id`,
  );
  await ranked(compute);
  await compute.run(
    `create or replace table serve_orders as
     select tile, coalesce(c.pos, -1)::integer as customer
     from serve_tmp_orders o left join serve_customers c using (customer_id) order by tile, customer`,
  );
  for (const name of ['orders', 'base', 'segments', 'bits', 'history', 'states', 'spark'])
    await compute.run(`drop table if exists serve_tmp_${name}`);
  return { tags, segments, dates };
}

/** Place in STATES, null for none. */
const stateCode = (column: string): string =>
  `(case ${column} ${STATES.map((key, code) => `when ${literal(key)} then ${code}`).join(' ')} end)`;

const column = async (compute: Compute, sql: string): Promise<string[]> =>
  (await compute.rows<{ x: string }>(sql)).map((row) => row.x);

async function helpers(
  compute: Compute,
  tags: readonly string[],
  segments: readonly string[],
  dates: readonly number[],
  asOfMonth: number,
): Promise<void> {
  const codes = segments.map((key, i) => `(${literal(key)}, ${i})`);
  await compute.run(`create or replace table serve_tmp_segments (segment varchar, code integer)`);
  if (codes.length > 0) await compute.run(`insert into serve_tmp_segments values ${codes.join(', ')}`);
  const words = Array.from({ length: Math.ceil(tags.length / TAGS_A_WORD) }, (_, w) => {
    const cases = tags
      .slice(w * TAGS_A_WORD, (w + 1) * TAGS_A_WORD)
      .map((tag, i) => `when ${literal(tag)} then ${1n << BigInt(i)}`);
    return `bit_or((case tag ${cases.join(' ')} else 0 end)::bigint) as word_${w}`;
  });
  await compute.run(
    `create or replace table serve_tmp_bits as
     select ${['customer_id', ...words].join(', ')} from (select customer_id, unnest(tags) as tag from profiles) group by 1`,
  );
  const at = dates.map((date, i) => `max(tier_index) filter (as_of = ${date}) as at_${i}`);
  await compute.run(
    `create or replace table serve_tmp_history as select ${['customer_id', ...at].join(', ')} from tier_history group by 1`,
  );
  const states = dates.map((date, i) => `max(${stateCode('state')}) filter (as_of = ${date}) as at_${i}`);
  await compute.run(
    `create or replace table serve_tmp_states as select ${['customer_id', ...states].join(', ')} from lifecycle_history group by 1`,
  );
  const months = Array.from({ length: 12 }, (_, i) => `least(count(*) filter (month = ${asOfMonth - 11 + i}), 65535)`);
  await compute.run(
    `create or replace table serve_tmp_spark as
     select customer_id, array_value(${months.join(', ')})::usmallint[12] as spark
     from serve_tmp_orders join serve_tiles using (tile)
     where month between ${asOfMonth - 11} and ${asOfMonth} and customer_id is not null group by 1`,
  );
}

/** Ranks rise with the key, ties by customer id, missing keys last. */
async function ranked(compute: Compute): Promise<void> {
  await compute.run(
    `create or replace table serve_tmp_ids as
     select rowid as pos, row_number() over (order by customer_id)::integer as id,
       value_minor, spend_minor, orders, last_order_at, p_alive from serve_tmp_base`,
  );
  const rank = (key: string, name: string) =>
    `row_number() over (order by ${key} nulls last, id)::integer as rank_${name}`;
  await compute.run(
    `create or replace table serve_tmp_ranks as
     select pos, id as rank_customer_id, ${[
       rank('value_minor', 'value'),
       rank('spend_minor', 'spend'),
       rank('orders', 'orders'),
       rank('last_order_at', 'last_order'),
       rank('p_alive', 'p_alive'),
     ].join(', ')} from serve_tmp_ids`,
  );
  await compute.run(
    `create or replace table serve_customers as
     select r.pos::integer as pos, b.*, r.* exclude (pos) from serve_tmp_base b join serve_tmp_ranks r on b.rowid = r.pos order by r.pos`,
  );
  await compute.run('drop table serve_tmp_ids; drop table serve_tmp_ranks');
}

/** `serve_products`: the catalogue with what was sold of each, and products that were sold but are not in it. */
export async function loadProducts(compute: Compute, asOf: number): Promise<void> {
  await compute.run(
    `create or replace table serve_products as
     with sold as (
       select product_id,
         (coalesce(sum(paid) filter (status = 'paid'), 0) - coalesce(sum(paid) filter (status = 'refunded'), 0))::bigint as revenue_minor,
         (coalesce(sum(quantity) filter (status = 'paid'), 0) - coalesce(sum(quantity) filter (status = 'refunded'), 0))::decimal(18,3) as units,
         count(distinct customer_id) filter (status = 'paid') as customers,
         min(ordered_at) filter (status = 'paid') as first_sold_at, max(ordered_at) filter (status = 'paid') as last_sold_at
       from order_lines where status in ('paid', 'refunded') and ordered_at <= $asOf group by 1)
     select coalesce(p.product_id, s.product_id) as product_id, p.* exclude (product_id),
       coalesce(s.revenue_minor, 0) as revenue_minor, coalesce(s.units, 0)::double as units,
       coalesce(s.customers, 0) as customers, s.first_sold_at, s.last_sold_at,
       lower(concat_ws(' ', coalesce(p.product_id, s.product_id), p.title, p.title_zh, p.brand)) as search
     from products p full join sold s on p.product_id = s.product_id order by 1`,
    { asOf },
  );
}
