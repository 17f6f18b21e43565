/** The 35 features of the peers' protocol, and the sums by which theirs are known. */
import { readFileSync } from 'node:fs';
import type { Compute } from '#engines/index.ts';
import { numberColumn, type Table } from '#table/index.ts';
import { WINDOW } from './lines.ts';

const pick = (condition: string): string => `coalesce(sum(spend) filter (${condition}), 0)`;
const share = (condition: string): string => `${pick(condition)} / if(sum(spend) > 0, sum(spend), 1)`;

/** One row a household, by its number: id, the features, y (the spend of the next 26 weeks). */
export function peerFeatures(compute: Compute): Promise<Table> {
  const spend = [7, 14, 28, 56, 91].map((w) => `${pick(`day >= ${WINDOW - w}`)} as spend_${w}d`);
  const baskets = [28, 56, 91].map((w) => `count(distinct basket) filter (day >= ${WINDOW - w}) as baskets_${w}d`);
  const discount = 'sum(retail_disc + coupon_disc + coupon_match)';
  return compute.table(
    `with c as (select * from line where day < ${WINDOW}),
       b as (select h, sum(spend) as s from c group by h, basket),
       basket as (select h, avg(s) as basket_mean, stddev_pop(s) as basket_std, max(s) as basket_max from b group by h),
       d as (select distinct h, day from c),
       gap as (select h, avg(g) as gap_mean, stddev_pop(g) as gap_std from
         (select h, day - lag(day) over (partition by h order by day) as g from d) where g is not null group by h),
       asked as (select h, count(*) as n from sent where day < ${WINDOW} group by h),
       redeemed as (select h, count(*) as n from used where day < ${WINDOW} group by h),
       later as (select h, sum(spend) as y from line where day >= ${WINDOW} group by h),
       f as (select h, ${WINDOW} - max(day) as recency, count(distinct basket) as frequency, sum(spend) as monetary,
         ${WINDOW} - min(day) as tenure, count(*) as lines, count(distinct product) as products,
         count(distinct department) as departments, count(distinct store) as stores, sum(retail_disc) as retail_disc,
         sum(coupon_disc) as coupon_disc, sum(coupon_match) as coupon_match,
         coalesce(${discount} / nullif(${discount} + sum(spend), 0), 0) as disc_share,
         ${share("brand = 'Private'")} as private_share, ${share('day % 7 in (0, 6)')} as weekend_share,
         ${share("department = 'GROCERY'")} as grocery_share, ${share("department = 'PRODUCE'")} as produce_share,
         ${share("department = 'MEAT'")} as meat_share, count(distinct day) as active_days,
         count(distinct day // 7) as active_weeks, ${[...spend, ...baskets].join(', ')}
         from c group by h)
     select h::varchar as id, recency, frequency, monetary, tenure, basket_mean, basket_std, basket_max, lines, products,
       departments, stores, retail_disc, coupon_disc, coupon_match, disc_share, private_share, weekend_share, grocery_share,
       produce_share, meat_share, coalesce(gap_mean, ${WINDOW}) as gap_mean, coalesce(gap_std, 0) as gap_std, active_days,
       active_weeks, spend_7d, spend_14d, spend_28d, spend_56d, spend_91d, baskets_28d, baskets_56d, baskets_91d,
       2 * spend_91d - monetary as trend, coalesce(asked.n, 0) as campaigns, coalesce(redeemed.n, 0) as redemptions,
       coalesce(later.y, 0) as y
     from f left join basket using (h) left join gap using (h) left join asked using (h) left join redeemed using (h)
       left join later using (h) order by h`,
  );
}

/** Features whose sums are not the peers' own: none, where they are the same features. */
export function unlikePeers(data: Table, info: URL): string[] {
  const { feature_sums: sums } = JSON.parse(readFileSync(info, 'utf8')) as { feature_sums: Record<string, number> };
  return Object.entries(sums).flatMap(([name, want]) => {
    const got = numberColumn(data, name).values.reduce((a, b) => a + b, 0);
    // They are printed with four decimals.
    return Math.abs(got - want) > 1e-6 * Math.abs(want) + 1e-4 ? [name] : [];
  });
}
