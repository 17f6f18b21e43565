/** Learned tags: the group that each customer with an order falls into. */
import type { Compute } from '#engines/index.ts';
import { numberColumn, textColumn } from '#table/index.ts';
import { clusters, standardised, traits } from './clusters.ts';
import { GROUP, TRAITS } from './tags.ts';

/** Counts and money are looked at in logarithms: log(1 + x). */
const LOGARITHMIC = new Set([
  'orders_182d',
  'recency_days',
  'spend_gross',
  'basket_mean',
  'categories',
  'tenure_days',
  'views_91d',
]);

/** Makes `profiles_tmp_groups` (customer_id, tags VARCHAR[]); empty where there are fewer than 30 customers. */
export async function makeGroups(
  compute: Compute,
  seed: number,
): Promise<{ k: number; silhouettes: Readonly<Record<number, number>> }> {
  const names = Object.keys(TRAITS);
  const data = await compute.table(
    `select customer_id, ${names.map((name) => `coalesce(${name}, 0) as ${name}`).join(', ')}
     from profiles_tmp_customers where orders > 0 order by customer_id`,
  );
  const rows = data.length;
  const values = new Float64Array(rows * names.length);
  for (const [d, name] of names.entries()) {
    const column = numberColumn(data, name).values;
    const isLog = LOGARITHMIC.has(name);
    for (let i = 0; i < rows; i++)
      values[i * names.length + d] = isLog ? Math.log1p(Math.max(0, column[i]!)) : column[i]!;
  }
  const matrix = standardised({ rows, dims: names.length, values });
  const found = rows < 30 ? { k: 0, of: new Int32Array(rows), silhouettes: {} } : clusters(matrix, { seed });
  const keys = 'centres' in found ? traits(found, names).map((own) => `${GROUP}${own.join(',')}`) : [];
  await compute.load('profiles_tmp_found', {
    length: keys.length === 0 ? 0 : rows,
    columns: {
      customer_id:
        keys.length === 0
          ? { kind: 'text', codes: new Int32Array(0), dictionary: [] }
          : textColumn(data, 'customer_id'),
      tag: { kind: 'text', codes: keys.length === 0 ? new Int32Array(0) : found.of, dictionary: keys },
    },
  });
  await compute.run(
    'create or replace table profiles_tmp_groups as select customer_id, [tag] as tags from profiles_tmp_found; drop table profiles_tmp_found',
  );
  return { k: found.k, silhouettes: found.silhouettes };
}
