/** The parts of a profile joined into one row. */
import { type Compute, literal, quoted } from '#engines/index.ts';
import { topSql } from './taste.ts';

/** Customers joined at a time; bounds memory. */
const BATCH = 150_000;

/** Makes `profiles` from a table of features and the tables that the other parts have made, in order of customer_id. */
export async function assemble(compute: Compute, features: string, asOf: number): Promise<void> {
  for (const [i, range] of (await ranges(compute, features)).entries()) {
    const target = i === 0 ? 'create or replace table profiles as' : 'insert into profiles';
    await compute.run(`${target} ${profileSql(features, range)}`, { asOf });
  }
}

/** Conditions on customer_id that part the customers into batches, in order. */
async function ranges(compute: Compute, features: string): Promise<string[]> {
  const [counted] = await compute.rows<{ n: number }>(`select count(*) as n from ${quoted(features)}`);
  const parts = Math.ceil(counted!.n / BATCH);
  if (parts < 2) return ['true'];
  const shares = Array.from({ length: parts - 1 }, (_, i) => (i + 1) / parts).join(', ');
  const [row] = await compute.rows<{ cuts: string[] }>(
    `select quantile_disc(customer_id, [${shares}]) as cuts from ${quoted(features)}`,
  );
  const cuts = [null, ...new Set(row!.cuts), null];
  return cuts.slice(1).map((below, i) => {
    const from = cuts[i] ?? null;
    const low = from === null ? 'true' : `customer_id >= ${literal(from)}`;
    return below === null ? low : `${low} and customer_id < ${literal(below)}`;
  });
}

function profileSql(features: string, range: string): string {
  const part = (table: string) => `(select * from ${table} where ${range})`;
  return `with moments as (
      select customer_id, min(ordered_at) as first_order_at, max(ordered_at) as last_order_at from order_lines
      where status = 'paid' and ordered_at <= $asOf and ${range} group by customer_id),
    category as (${topSql('category', range)}), brand as (${topSql('brand', range)})
    select f.customer_id, m.first_order_at, m.last_order_at, f.orders, f.spend_net as spend_minor,
      cast(round(f.basket_mean) as bigint) as aov_minor, f.spend_net_365d as spend_365d_minor, f.orders_365d, f.returns,
      f.discount_share, list_concat(coalesce(t.tags, []), coalesce(g.tags, [])) as tags,
      coalesce(category.top, []) as top_categories, coalesce(brand.top, []) as top_brands,
      coalesce(s.similar, []) as similar, cast(f.recency_days as integer) as recency_days,
      cast(f.tenure_days as integer) as tenure_days, c.city, c.age, c.gender, c.member_level, c.consent_marketing,
      c.consent_personal
    from ${part(quoted(features))} f
      left join moments m using (customer_id)
      left join ${part('customers')} c using (customer_id)
      left join ${part('profiles_tmp_tags')} t using (customer_id)
      left join ${part('profiles_tmp_groups')} g using (customer_id)
      left join category using (customer_id)
      left join brand using (customer_id)
      left join ${part('profiles_tmp_similar')} s using (customer_id)
    order by f.customer_id`;
}
