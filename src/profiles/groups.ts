/** Learned tags: the group that each customer with an order falls into. */
import type { Compute } from '#engines/index.ts';
import { numberColumn } from '#table/index.ts';
import { clusters, type Matrix, standardised, traits } from './clusters.ts';
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

/** Fewer customers than this are one group, and get no tag. */
const LEAST = 30;

/** Makes `profiles_tmp_groups` (customer_id, tags VARCHAR[]) of the customers in `profiles_tmp_people`. */
export async function makeGroups(
  compute: Compute,
  seed: number,
): Promise<{ k: number; silhouettes: Readonly<Record<number, number>> }> {
  const names = Object.keys(TRAITS);
  const matrix = standardised(await traitMatrix(compute, names));
  if (matrix.rows < LEAST) {
    await compute.run('create or replace table profiles_tmp_groups (customer_id varchar, tags varchar[])');
    return { k: 0, silhouettes: {} };
  }
  const found = clusters(matrix, { seed });
  const keys = traits(found, names).map((own) => `${GROUP}${own.join(',')}`);
  const rows = Float64Array.from({ length: matrix.rows }, (_, i) => i);
  await compute.load('profiles_tmp_found', {
    length: matrix.rows,
    columns: { i: { kind: 'number', values: rows }, tag: { kind: 'text', codes: found.of, dictionary: keys } },
  });
  await compute.run(
    `create or replace table profiles_tmp_groups as
     select people.customer_id, [found.tag] as tags
     from profiles_tmp_found found join profiles_tmp_people people on people.i = cast(found.i as bigint);
     drop table profiles_tmp_found`,
  );
  return { k: found.k, silhouettes: found.silhouettes };
}

/** [people, names] in the order of `profiles_tmp_people`. */
async function traitMatrix(compute: Compute, names: readonly string[]): Promise<Matrix> {
  const data = await compute.table(
    `select ${names.map((name) => `coalesce(c.${name}, 0) as ${name}`).join(', ')}
     from profiles_tmp_people people join profiles_tmp_customers c using (customer_id) order by people.i`,
  );
  const values = new Float64Array(data.length * names.length);
  for (const [d, name] of names.entries()) {
    const column = numberColumn(data, name).values;
    const isLog = LOGARITHMIC.has(name);
    for (let i = 0; i < data.length; i++)
      values[i * names.length + d] = isLog ? Math.log1p(Math.max(0, column[i]!)) : column[i]!;
  }
  return { rows: data.length, dims: names.length, values };
}
