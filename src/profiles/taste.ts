/**
 * What customers lean towards: TF-IDF over categories and brands. For customer c and name n,
 *
 *   tf = paid by c for n / paid by c for all names,   idf = 1 + ln((1 + N) / (1 + N_n)),
 *
 * where N customers have paid for anything named and N_n of them for n; the weights of a customer are tf * idf over
 * their Euclidean length, so that the product of two customers' weights is a cosine. A category is the first two parts
 * of its path.
 *
 * @see Salton, Buckley (1988), Information Processing and Management 24(5); idf smoothed as if one customer had all
 */
import type { Compute } from '#engines/index.ts';

export type Kind = 'category' | 'brand';

const path = (column: string) => `array_to_string(string_split(${column}, ' > ')[1:2], ' > ')`;
const NAME: Readonly<Record<Kind, string>> = { category: path('p.category'), brand: 'p.brand' };

/** Makes `profile_names` (name, zh): the categories of profiles and their Chinese names, null where unknown. */
export const makeNames = (compute: Compute): Promise<void> =>
  compute.run(
    `create or replace table profile_names as
     select ${path('category')} as name, min(${path('category_zh')}) as zh
     from products where category is not null group by all order by name`,
  );

/**
 * Makes `profiles_tmp_<kind>` (customer_id, name, paid BIGINT, share, lift, weight) of the customers in
 * `profiles_tmp_customers`; `lift` is the share over the shop's share.
 *
 * @param asOf epoch milliseconds; later lines are not seen
 */
export async function makeTaste(compute: Compute, kind: Kind, asOf: number): Promise<void> {
  await compute.run(
    `create or replace table profiles_tmp_spent as
     select l.customer_id, n.name, cast(sum(l.paid) as bigint) as paid
     from order_lines l
       join (select p.product_id, ${NAME[kind]} as name from products p where p.${kind} is not null) n using (product_id)
     where l.status = 'paid' and l.ordered_at <= $asOf
       and l.customer_id in (select customer_id from profiles_tmp_customers)
     group by l.customer_id, n.name having sum(l.paid) > 0`,
    { asOf },
  );
  await compute.run(
    `create or replace table profiles_tmp_${kind} as
     with per_customer as (select customer_id, sum(paid) as total from profiles_tmp_spent group by customer_id),
     shop as (select count(*) as customers, sum(total) as total from per_customer),
     per_name as (
       select name, cast(sum(s.paid) as double) / any_value(shop.total) as share,
         1 + ln((1 + any_value(shop.customers)) / (1 + count(*))) as idf
       from profiles_tmp_spent s cross join shop group by name),
     weighed as (
       select s.customer_id, s.name, s.paid, cast(s.paid as double) / c.total as share, n.share as usual,
         cast(round(cast(s.paid as double) / c.total * n.idf * ${UNITS}) as bigint) as raw
       from profiles_tmp_spent s join per_customer c using (customer_id) join per_name n using (name)),
     lengths as (
       select customer_id, sqrt(cast(sum(cast(raw as hugeint) * raw) as double)) as length
       from weighed group by customer_id)
     select w.customer_id, w.name, w.paid, w.share, w.share / w.usual as lift, w.raw / l.length as weight
     from weighed w join lengths l using (customer_id)`,
  );
  await compute.run('drop table profiles_tmp_spent');
}

/** tf * idf is held in whole billionths, so that lengths are the same in any order of adding. */
const UNITS = 1_000_000_000;

/** SQL of customer_id and the five heaviest names as STRUCT(name, weight)[], where a condition on customer_id holds. */
export const topSql = (kind: Kind, where: string): string =>
  `select customer_id, list({ 'name': name, 'weight': weight } order by weight desc, name) as top
   from (
     select customer_id, name, weight from profiles_tmp_${kind} where ${where}
     qualify row_number() over (partition by customer_id order by weight desc, name) <= 5)
   group by customer_id`;
