/** The staged tables as typed columns. */
import type { Compute } from '#engines/index.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { type NumberColumn, numberColumn, type Table, textAt, textColumn } from '#table/index.ts';
import { neighboursOf } from '../methods/rp3beta.ts';
import { type Paths, pathsOf } from '../rerank/similarity.ts';
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
  /** [products] share of buyers that come back for it, drawn toward the category's and the shop's */
  readonly returning: Float64Array;
  /** Branches of the category tree of each product. */
  readonly paths: Paths;
  /** [products] widest branch as a code below `departments`; -1 where there is none */
  readonly department: Int32Array;
  readonly departments: number;
  /** [products] days since it went on sale, or was first sold where that is well after the shop's first sale; NaN: not known */
  readonly ageDays: Float64Array;
  /** [products] price less unit cost in minor units; NaN where either is not known */
  readonly marginMinor: Float64Array;
  /** Median of the margins above 0; 1 where none is known. */
  readonly usualMarginMinor: number;
}

/** What a walk needs to know of products. */
export type SoldProducts = Pick<Products, 'count' | 'sellable' | 'category' | 'consumable' | 'gapDays' | 'buyers'>;

/** Rows of recommend_tmp_pair of some customers, by customer and product. */
export interface Pairs {
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

/** Customers to be given lists, in order of their code. */
export interface Audience {
  readonly pairs: Pairs;
  /** [customers] code */
  readonly code: Int32Array;
  /** [customers] tier index; -1: none */
  readonly tier: Int32Array;
  /** [customers] 1 where the customer may be profiled; the others get what is popular in the shop */
  readonly personal: Uint8Array;
}

const int32 = (from: Table, name: string): Int32Array => Int32Array.from(numberColumn(from, name).values);

/**
 * Reads customers with their pairs.
 *
 * @param which SQL condition over recommend_tmp_customer c
 */
export async function readAudience(compute: Compute, which: string): Promise<Audience> {
  const who = await compute.table(
    `select c.code, c.tier_index, c.personal from recommend_tmp_customer c where ${which} order by c.code`,
  );
  const rows = await compute.table(
    `with who as (select c.code, (row_number() over (order by c.code) - 1)::integer as place
      from recommend_tmp_customer c where ${which})
    select w.place, t.product, t.buys, t.first_day, t.last_day, t.weight, t.view_days
    from recommend_tmp_pair t join who w on w.code = t.customer order by 1, 2`,
  );
  const offsets = new Int32Array(who.length + 1);
  for (const place of numberColumn(rows, 'place').values) offsets[place + 1]!++;
  for (let c = 0; c < who.length; c++) offsets[c + 1]! += offsets[c]!;
  const pairs: Pairs = {
    customers: who.length,
    offsets,
    product: int32(rows, 'product'),
    buys: int32(rows, 'buys'),
    firstDay: int32(rows, 'first_day'),
    lastDay: int32(rows, 'last_day'),
    weight: numberColumn(rows, 'weight').values,
    views: int32(rows, 'view_days'),
  };
  return {
    pairs,
    code: int32(who, 'code'),
    tier: int32(who, 'tier_index'),
    personal: Uint8Array.from(numberColumn(who, 'personal').values),
  };
}

/**
 * Learns which products are consumables and their rhythm. The share of buyers that come back is drawn toward the
 * category’s, and that toward the shop’s, by 10 buyers each; the gap is the product's median from 10 gaps on, else the
 * category's, else the shop's.
 */
export async function readProducts(compute: Compute, rules: RecommendRules, today: number): Promise<Products> {
  const gaps = `select d.product, p.category, d."day" - lag(d."day") over (partition by d.customer, d.product order by d."day") gap
    from recommend_tmp_day d join recommend_tmp_product p on p.code = d.product`;
  const rows = await compute.table(
    `with gap as (from (${gaps}) where gap is not null),
    of_product as (select product, count(*)::integer n, quantile_disc(gap, 0.5)::integer median from gap group by 1),
    of_category as (select category, count(*)::integer n, quantile_disc(gap, 0.5)::integer median from gap group by 1),
    of_all as (select coalesce(quantile_disc(gap, 0.5), 30)::integer median from gap),
    first as (select product, min("day") as "day" from recommend_tmp_day group by 1),
    shop as (select min("day") + ${SHOP_DAYS} as "day" from first),
    buyer as (select product, count(*)::integer buyers, count(*) filter (buys > 1)::integer again
      from recommend_tmp_pair where buys > 0 group by 1)
    select p.sellable, p.category, coalesce(b.buyers, 0)::integer buyers, coalesce(b.again, 0)::integer again,
      greatest(1, case when g.n >= 10 then g.median when c.n >= 10 then c.median else a.median end)::integer gap,
      ${today} - coalesce(p.active_day, case when f."day" > s."day" then f."day" end) as age, p.price - p.unit_cost as margin
    from recommend_tmp_product p left join buyer b on b.product = p.code left join of_product g on g.product = p.code
      left join of_category c on c.category = p.category
      left join first f on f.product = p.code cross join of_all a cross join shop s
    order by p.code`,
  );
  const count = rows.length;
  const text = textColumn(rows, 'category');
  const category = new Int32Array(count);
  for (let p = 0; p < count; p++) category[p] = textAt(text, p) === '' ? -1 : text.codes[p]!;
  const buyers = numberColumn(rows, 'buyers').values;
  const again = numberColumn(rows, 'again').values;
  const returning = returningShare({ buyers, again, category: text.codes });
  const marginMinor = known(numberColumn(rows, 'margin'));
  return {
    count,
    sellable: Uint8Array.from(numberColumn(rows, 'sellable').values),
    category,
    consumable: Uint8Array.from(returning, (share) => (share >= rules.consumableShareMin ? 1 : 0)),
    gapDays: int32(rows, 'gap'),
    buyers,
    returning,
    ...branchesOf(Array.from({ length: count }, (_, p) => textAt(text, p) ?? '')),
    ageDays: known(numberColumn(rows, 'age')),
    marginMinor,
    usualMarginMinor: medianAbove0(marginMinor),
  };
}

/** A product first sold so many days after the shop's own first sale was new then. */
const SHOP_DAYS = 28;

const known = ({ values, valid }: NumberColumn): Float64Array =>
  Float64Array.from(values, (value, i) => (valid?.[i] === 0 ? Number.NaN : value));

function medianAbove0(values: Float64Array): number {
  const above = values.filter((value) => value > 0).sort();
  return above.length === 0 ? 1 : above[above.length >> 1]!;
}

function branchesOf(categories: readonly string[]): Pick<Products, 'paths' | 'department' | 'departments'> {
  const paths = pathsOf(categories);
  const codes = new Map<number, number>();
  const department = Int32Array.from(categories, (_, p) => {
    if (paths.offsets[p] === paths.offsets[p + 1]) return -1;
    const branch = paths.branches[paths.offsets[p]!]!;
    const code = codes.get(branch) ?? codes.size;
    codes.set(branch, code);
    return code;
  });
  return { paths, department, departments: codes.size };
}

interface Returning {
  readonly buyers: Float64Array;
  readonly again: Float64Array;
  readonly category: Int32Array;
}

const PRIOR_BUYERS = 10;

/** [products] share of buyers that came back, drawn toward the category's, and that toward the shop's. */
export function returningShare({ buyers, again, category }: Returning): Float64Array {
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
  return buyers.map((own, p) => {
    const sums = ofCategory.get(category[p]!)!;
    const wide = (sums.again + PRIOR_BUYERS * all) / (sums.buyers + PRIOR_BUYERS);
    return (again[p]! + PRIOR_BUYERS * wide) / (own + PRIOR_BUYERS);
  });
}

/**
 * Neighbours of each product, learned from customers that may be profiled and products with enough buyers: RP3beta over
 * `strengthOf`.
 *
 * @returns [products x products] as `neighboursOf`, and of how many customers one was taken
 */
export async function learnNeighbours(
  compute: Compute,
  products: number,
  weights: RecommendWeights,
): Promise<{ neighbours: Sparse; everyNth: number }> {
  const [size] = await compute.rows<{ n: number }>('select count(*) n from recommend_tmp_pair');
  const everyNth = Math.max(1, Math.ceil(size!.n / weights.fitPairsMax));
  await compute.run(
    `create or replace table recommend_tmp_fit as
    with used as (
      select t.*, count(*) over (partition by t.product) as buyers
      from recommend_tmp_pair t join recommend_tmp_customer c on c.code = t.customer
      where c.personal and t.customer % ${everyNth} = 0)
    select customer, product, buys, view_days from used where buyers >= ${Math.floor(weights.buyersMin)}
    qualify row_number() over (partition by customer order by buys desc, view_days desc, buyers desc, product)
      <= ${Math.floor(weights.fitProductsMax)}
    order by customer, product`,
  );
  const places = int32(await compute.table('select distinct product from recommend_tmp_fit order by 1'), 'product');
  const rows = await compute.table(
    `select (dense_rank() over (order by customer) - 1)::integer as customer,
      (dense_rank() over (order by product) - 1)::integer as place, buys, view_days
    from recommend_tmp_fit order by 1, 2`,
  );
  await compute.run('drop table recommend_tmp_fit');
  const buys = numberColumn(rows, 'buys').values;
  const views = numberColumn(rows, 'view_days').values;
  const rowOf = int32(rows, 'customer');
  const strengths = fromTriples({
    rows: rowOf.length === 0 ? 0 : rowOf[rowOf.length - 1]! + 1,
    columns: places.length,
    rowOf,
    columnOf: int32(rows, 'place'),
    values: buys.map((own, e) => strengthOf(own, views[e]!, weights.viewWeight)),
  });
  return { neighbours: spread(neighboursOf(strengths, weights), places, products), everyNth };
}

/** A square matrix over some products as one over all: place i becomes product `places[i]`, which rise. */
function spread(m: Sparse, places: Int32Array, products: number): Sparse {
  const offsets = new Int32Array(products + 1);
  for (let i = 0; i < m.rows; i++) offsets[places[i]! + 1] = m.offsets[i + 1]! - m.offsets[i]!;
  for (let p = 0; p < products; p++) offsets[p + 1]! += offsets[p]!;
  return { ...m, rows: products, columns: products, offsets, indices: m.indices.map((place) => places[place]!) };
}

/** How much a customer has to do with a product: log(1 + purchases) plus `viewWeight` times log(1 + views). */
export const strengthOf = (buys: number, views: number, viewWeight: number): number =>
  Math.log1p(buys) + viewWeight * Math.log1p(views);
