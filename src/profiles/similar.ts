/**
 * Similar customers: cosine between vectors of taste and habit. A vector holds the TF-IDF weights of the 24 categories
 * and 9 brands that weigh most in the shop (brands at half), and recency, orders and spend as ranks from -1 to 1 (at a
 * third); together they are brought to length 1.
 */
import type { Compute } from '#engines/index.ts';
import { numberColumn, type TextColumn, textColumn } from '#table/index.ts';
import { neighbours } from './neighbours.ts';
import type { Kind } from './taste.ts';

const COUNT = 6;
const PARTS = [
  { kind: 'category', most: 24, scale: 1 },
  { kind: 'brand', most: 9, scale: 0.5 },
] as const;
/** The features that make up habit. */
export const HABITS = ['recency_days', 'orders', 'spend_net'];
const HABIT_SCALE = 1 / 3;
const DIMS = 36;

/** Makes `profiles_tmp_similar` (customer_id, similar VARCHAR[]) for customers with an order; at most six each. */
export async function makeSimilar(compute: Compute, seed: number): Promise<void> {
  const ranked = HABITS.map(
    (name) => `2 * (rank() over (order by ${name}) - 1) / greatest(count(*) over () - 1, 1) - 1 as ${name}`,
  );
  const data = await compute.table(
    `select customer_id, ${ranked.join(', ')} from profiles_tmp_customers where orders > 0 order by customer_id`,
  );
  const ids = textColumn(data, 'customer_id');
  const vectors = new Float32Array(data.length * DIMS);
  let offset = 0;
  for (const { kind, most, scale } of PARTS) {
    await addTaste(compute, vectors, { kind, most, scale, offset });
    offset += most;
  }
  for (const [h, name] of HABITS.entries()) {
    const { values } = numberColumn(data, name);
    for (let i = 0; i < data.length; i++) vectors[i * DIMS + offset + h] = values[i]! * HABIT_SCALE;
  }
  toLengthOne(vectors);
  const { indices } = neighbours(vectors, DIMS, { count: COUNT, seed });
  const columns = Array.from({ length: COUNT }, (_, k): [string, TextColumn] => {
    const codes = new Int32Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const other = indices[i * COUNT + k]!;
      codes[i] = other < 0 ? -1 : ids.codes[other]!;
    }
    return [`s${k}`, { kind: 'text', codes, dictionary: ids.dictionary }];
  });
  await compute.load('profiles_tmp_found', {
    length: data.length,
    columns: { customer_id: ids, ...Object.fromEntries(columns) },
  });
  await compute.run(
    `create or replace table profiles_tmp_similar as
     select customer_id, list_filter([${columns.map(([name]) => name).join(', ')}], id -> id is not null) as similar
     from profiles_tmp_found;
     drop table profiles_tmp_found`,
  );
}

/** Customers whose tastes are fetched at a time; bounds memory. */
const BATCH = 200_000;

async function addTaste(
  compute: Compute,
  vectors: Float32Array,
  part: { readonly kind: Kind; readonly most: number; readonly scale: number; readonly offset: number },
): Promise<void> {
  const table = `profiles_tmp_${part.kind}`;
  const customers = vectors.length / DIMS;
  for (let from = 0; from < customers; from += BATCH) {
    const data = await compute.table(
      `with heavy as (
         select name, row_number() over (order by total desc, name) - 1 as d
         from (select name, sum(cast(round(weight * 1000000) as bigint)) as total from ${table} group by name)
         qualify d < ${part.most})
       select people.i, heavy.d, t.weight
       from ${table} t join heavy using (name)
         join (from profiles_tmp_people where i >= ${from} and i < ${from + BATCH}) people using (customer_id)`,
    );
    const [rows, dims, weights] = ['i', 'd', 'weight'].map((name) => numberColumn(data, name).values) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let i = 0; i < data.length; i++) vectors[rows[i]! * DIMS + part.offset + dims[i]!] = weights[i]! * part.scale;
  }
}

function toLengthOne(vectors: Float32Array): void {
  for (let from = 0; from < vectors.length; from += DIMS) {
    let squares = 0;
    for (let d = 0; d < DIMS; d++) squares += vectors[from + d]! ** 2;
    const length = Math.sqrt(squares);
    if (length > 0) for (let d = 0; d < DIMS; d++) vectors[from + d] = vectors[from + d]! / length;
  }
}
