/** The staged tables as typed columns. */
import type { Compute } from '#engines/index.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { numberColumn, type Table, textAt, textColumn } from '#table/index.ts';
import type { RecommendRules, RecommendWeights } from './rules.ts';

export interface Products {
  readonly count: number;
  /** [products] 1 where it may be shown */
  readonly sellable: Uint8Array;
  /** [products] category path as a code; -1 where there is none, which is never limited */
  readonly category: Int32Array;
  /** [products] 1 where it's bought again and again */
  readonly consumable: Uint8Array;
  /** [products] usual days between two purchases of one customer, >= 1 */
  readonly gapDays: Int32Array;
  /** [products] distinct customers */
  readonly buyers: Float64Array;
}

/** Rows of recommend_tmp_pair of customers from..to, by customer and product. */
export interface Pairs {
  /** First customer code of the part, and how many. */
  readonly first: number;
  readonly customers: number;
  /** [customers + 1] */
  readonly offsets: Int32Array;
  /** [pairs] each */
  readonly product: Int32Array;
  readonly buys: Int32Array;
  readonly firstDay: Int32Array;
  readonly lastDay: Int32Array;
  /** Decayed count of purchase days. */
  readonly weight: Float64Array;
  readonly views: Int32Array;
}

const int32 = (from: Table, name: string): Int32Array => Int32Array.from(numberColumn(from, name).values);

/** The pairs of customers `first` .. `first + customers - 1`. */
export async function readPairs(compute: Compute, first: number, customers: number): Promise<Pairs> {
  const rows = await compute.table(
    `select customer, product, buys, first_day, last_day, weight, view_days from recommend_tmp_pair
    where customer >= ${first} and customer < ${first + customers} order by customer, product`,
  );
  const offsets = new Int32Array(customers + 1);
  for (const customer of numberColumn(rows, 'customer').values) offsets[customer - first + 1]!++;
  for (let c = 0; c < customers; c++) offsets[c + 1]! += offsets[c]!;
  return {
    first,
    customers,
    offsets,
    product: int32(rows, 'product'),
    buys: int32(rows, 'buys'),
    firstDay: int32(rows, 'first_day'),
    lastDay: int32(rows, 'last_day'),
    weight: numberColumn(rows, 'weight').values,
    views: int32(rows, 'view_days'),
  };
}

/**
 * Learns which products are consumables and their rhythm. The share of buyers that come back is drawn toward the
 * category's, and that toward the shop's, by 20 buyers each; the gap is the product's median from 10 gaps on, else the
 * category's, else the shop's.
 */
export async function readProducts(compute: Compute, rules: RecommendRules): Promise<Products> {
  const gaps = `select d.product, p.category, d."day" - lag(d."day") over (partition by d.customer, d.product order by d."day") gap
    from recommend_tmp_day d join recommend_tmp_product p on p.code = d.product`;
  const rows = await compute.table(
    `with gap as (from (${gaps}) where gap is not null),
    of_product as (select product, count(*)::integer n, quantile_disc(gap, 0.5)::integer median from gap group by 1),
    of_category as (select category, count(*)::integer n, quantile_disc(gap, 0.5)::integer median from gap group by 1),
    of_all as (select coalesce(quantile_disc(gap, 0.5), 30)::integer median from gap),
    buyer as (select product, count(*)::integer buyers, count(*) filter (buys > 1)::integer again
      from recommend_tmp_pair where buys > 0 group by 1)
    select p.sellable, p.category, coalesce(b.buyers, 0)::integer buyers, coalesce(b.again, 0)::integer again,
      greatest(1, case when g.n >= 10 then g.median when c.n >= 10 then c.median else a.median end)::integer gap
    from recommend_tmp_product p left join buyer b on b.product = p.code left join of_product g on g.product = p.code
      left join of_category c on c.category = p.category cross join of_all a
    order by p.code`,
  );
  const count = rows.length;
  const text = textColumn(rows, 'category');
  const category = new Int32Array(count);
  for (let p = 0; p < count; p++) category[p] = textAt(text, p) === '' ? -1 : text.codes[p]!;
  const buyers = numberColumn(rows, 'buyers').values;
  const again = numberColumn(rows, 'again').values;
  return {
    count,
    sellable: Uint8Array.from(numberColumn(rows, 'sellable').values),
    category,
    consumable: consumables({ buyers, again, category: text.codes, share: rules.consumableShareMin }),
    gapDays: int32(rows, 'gap'),
    buyers,
  };
}

interface Returning {
  readonly buyers: Float64Array;
  readonly again: Float64Array;
  readonly category: Int32Array;
  readonly share: number;
}

const PRIOR_BUYERS = 20;

/** [products] 1 where the shrunk share of returning buyers reaches `share`. */
export function consumables({ buyers, again, category, share }: Returning): Uint8Array {
  let [allBuyers, allAgain] = [0, 0];
  const ofCategory = new Map<number, { buyers: number; again: number }>();
  for (let p = 0; p < buyers.length; p++) {
    allBuyers += buyers[p]!;
    allAgain += again[p]!;
    const sums = ofCategory.get(category[p]!) ?? { buyers: 0, again: 0 };
    sums.buyers += buyers[p]!;
    sums.again += again[p]!;
    ofCategory.set(category[p]!, sums);
  }
  const all = allBuyers === 0 ? 0 : allAgain / allBuyers;
  return Uint8Array.from(buyers, (own, p) => {
    const sums = ofCategory.get(category[p]!)!;
    const wide = (sums.again + PRIOR_BUYERS * all) / (sums.buyers + PRIOR_BUYERS);
    return (again[p]! + PRIOR_BUYERS * wide) / (own + PRIOR_BUYERS) >= share ? 1 : 0;
  });
}

/**
 * Strengths to learn neighbours from: log(1 + purchase days) plus a part of log(1 + days with views), of customers that
 * may be profiled and products with enough buyers.
 *
 * @returns the matrix [customers taken x products], and of how many customers one was taken
 */
export async function readStrengths(
  compute: Compute,
  products: number,
  weights: RecommendWeights,
): Promise<{ strengths: Sparse; everyNth: number }> {
  const [size] = await compute.rows<{ n: number }>('select count(*) n from recommend_tmp_pair');
  const everyNth = Math.max(1, Math.ceil(size!.n / weights.fitPairsMax));
  const rows = await compute.table(
    `with enough as (select product from recommend_tmp_pair group by 1 having count(*) >= ${Math.floor(weights.buyersMin)})
    select (dense_rank() over (order by t.customer) - 1)::integer customer, t.product, t.buys, t.view_days
    from recommend_tmp_pair t join recommend_tmp_customer c on c.code = t.customer semi join enough using (product)
    where c.personal and t.customer % ${everyNth} = 0 and (t.buys > 0 or ${Number(weights.viewWeight)} > 0)
    order by 1, 2`,
  );
  const buys = numberColumn(rows, 'buys').values;
  const views = numberColumn(rows, 'view_days').values;
  const rowOf = int32(rows, 'customer');
  const strengths = fromTriples({
    rows: rowOf.length === 0 ? 0 : rowOf[rowOf.length - 1]! + 1,
    columns: products,
    rowOf,
    columnOf: int32(rows, 'product'),
    values: buys.map((own, e) => strengthOf(own, views[e]!, weights.viewWeight)),
  });
  return { strengths, everyNth };
}

/** How much a customer has to do with a product: log(1 + purchases) plus `viewWeight` times log(1 + views). */
export const strengthOf = (buys: number, views: number, viewWeight: number): number =>
  Math.log1p(buys) + viewWeight * Math.log1p(views);
