/** The people of an audience as columns. */
import type { Compute } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { hashUniform } from '#kernels/random.ts';
import { type Condition, conditionSql, type Library } from '#segments/index.ts';
import { numberColumn, numbers, type TextColumn, table, textAt, textColumn } from '#table/index.ts';
import type { People } from './effects.ts';
import { type Habit, habitSql } from './strata.ts';

export interface Audience extends People {
  readonly ids: TextColumn;
  readonly id: (index: number) => string;
  readonly tierCode: Int32Array;
  readonly tierNames: readonly string[];
  /** 1 yes, 0 no, NaN not asked */
  readonly consent: readonly number[];
  /** Days since the last offer, Infinity: none. */
  readonly exposedDays: Float64Array;
  /** Expected margin over the horizon (minor), and chance of still being a customer; 0 where they never bought. */
  readonly valueMinor: Float64Array;
  readonly pAlive: Float64Array;
  /** What they did before the moment, as `readContacts` tells it of the past. */
  readonly past: { readonly orders: Float64Array; readonly coupons: Float64Array; readonly spend: Float64Array };
}

/** The people whom the condition holds, by id. */
export async function readPeople(
  compute: Compute,
  condition: Condition,
  { seed, ...ground }: { seed: number; asOf: number; timeZone: string; library: Library },
): Promise<Audience> {
  const { asOf } = ground;
  const { sql, params, joins } = conditionSql(condition, { ...ground, random: 'table' });
  const buckets = joins.has('b');
  const lives = joins.has('l');
  if (buckets) await loadBuckets(compute, seed);
  const rows = await compute.table(
    `with exposed as (
      select customer_id, max(shown_at) as at from exposures
      where shown_at <= $asOf and coalesce(arm, 'offer') not in ('holdout', 'control', 'none') group by 1),
    basket as (
      select customer_id, order_id, max(coupon_discount) > 0 as coupon, sum(paid) as paid from order_lines
      where status = 'paid' and ordered_at <= $asOf and customer_id is not null group by 1, 2),
    past as (select customer_id, count(*) as orders, count(*) filter (coupon) as coupons, sum(paid) as spend from basket group by 1)
    select p.customer_id, t.tier, p.recency_days::double as recency, p.consent_marketing as consent,
      coalesce(v.expected_orders, 0)::double as orders, coalesce(v.expected_order_minor, 0)::double as order_minor,
      coalesce(v.margin_share, 0)::double as margin, (($asOf - e.at) / ${DAY_MS}.0)::double as exposed,
      coalesce(past.orders, 0)::double as past_orders, coalesce(past.coupons, 0)::double as past_coupons,
      coalesce(past.spend, 0)::double as past_spend, coalesce(v.value_minor, 0)::double as value_minor, coalesce(v.p_alive, 0)::double as p_alive,
      ${habitSql('past.coupons', 'past.orders')} as habit
    from profiles p left join customer_values v using (customer_id) left join customer_tiers t using (customer_id)
      left join exposed e using (customer_id) left join past using (customer_id)
      ${lives ? 'left join lifecycle l using (customer_id)' : ''}
      ${buckets ? 'left join campaigns_tmp_bucket b using (customer_id)' : ''}
    where ${sql} order by p.customer_id`,
    { ...params, asOf },
  );
  if (buckets) await compute.run('drop table campaigns_tmp_bucket');
  const ids = textColumn(rows, 'customer_id');
  const [tier, habit] = [textColumn(rows, 'tier'), textColumn(rows, 'habit')];
  const optional = (name: string, missing: number) => {
    const { values, valid } = numberColumn(rows, name);
    return values.map((own, i) => (valid?.[i] === 0 ? missing : own));
  };
  return {
    count: rows.length,
    ids,
    id: (index) => textAt(ids, index)!,
    tier: Array.from({ length: rows.length }, (_, i) => textAt(tier, i)),
    habit: Array.from({ length: rows.length }, (_, i) => textAt(habit, i) as Habit),
    tierCode: tier.codes,
    tierNames: tier.dictionary,
    recencyDays: optional('recency', Number.NaN),
    expectedOrders: numberColumn(rows, 'orders').values,
    orderMinor: numberColumn(rows, 'order_minor').values,
    marginShare: numberColumn(rows, 'margin').values,
    consent: Array.from(optional('consent', Number.NaN)),
    exposedDays: optional('exposed', Number.POSITIVE_INFINITY),
    valueMinor: numberColumn(rows, 'value_minor').values,
    pAlive: numberColumn(rows, 'p_alive').values,
    past: {
      orders: numberColumn(rows, 'past_orders').values,
      coupons: numberColumn(rows, 'past_coupons').values,
      spend: numberColumn(rows, 'past_spend').values,
    },
  };
}

/** A number in [0, 1) for every customer, from seed and id alone. */
async function loadBuckets(compute: Compute, seed: number): Promise<void> {
  const ids = textColumn(await compute.table('select customer_id from profiles order by 1'), 'customer_id');
  const random = Float64Array.from(ids.codes, (code) => hashUniform(seed, `random/${ids.dictionary[code]}`));
  await compute.load('campaigns_tmp_bucket', table({ customer_id: ids, random: numbers(random) }));
}
