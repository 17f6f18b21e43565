/** Which products are bought in one order: RP3beta over orders in place of customers. */
import type { Compute } from '#engines/index.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { numberColumn } from '#table/index.ts';
import { neighboursOf } from '../methods/rp3beta.ts';
import type { RecommendWeights } from '../shop/rules.ts';

/** Orders with more products than this are of wholesalers: they say little, and the time is its square. */
const PRODUCTS_MAX = 100;

/**
 * Learned from the staged products and customers (recommend_tmp_...) and from order_lines up to `asOf`: orders of guests and
 * of customers that may be profiled, of two products or more, and products with at least `buyersMin` such orders.
 *
 * @returns [products x products] rows best first, adding up to 1; a product that is only bought alone has none
 */
export async function learnTogether(
  compute: Compute,
  { products, asOf, weights }: { products: number; asOf: number; weights: RecommendWeights },
): Promise<Sparse> {
  const lines = `select distinct l.order_id, p.code as product
    from order_lines l join recommend_tmp_product p using (product_id) left join recommend_tmp_customer c using (customer_id)
    where l.status = 'paid' and l.ordered_at <= ${Math.floor(asOf)} and l.order_id is not null and coalesce(c.personal, true)`;
  const [size] = await compute.rows<{ n: number }>(`select count(*) as n from (${lines})`);
  const everyNth = Math.max(1, Math.ceil(size!.n / weights.fitPairsMax));
  const rows = await compute.table(
    `with lines as (${lines} and hash(l.order_id) % ${everyNth} = 0),
    frequent as (
      from lines qualify count(*) over (partition by product) >= ${Math.floor(weights.buyersMin)}),
    several as (
      from frequent qualify count(*) over (partition by order_id) between 2 and ${PRODUCTS_MAX})
    select (dense_rank() over (order by order_id) - 1)::integer as "order", product from several order by 1, 2`,
  );
  const order = Int32Array.from(numberColumn(rows, 'order').values);
  const bought = fromTriples({
    rows: (order.at(-1) ?? -1) + 1,
    columns: products,
    rowOf: order,
    columnOf: Int32Array.from(numberColumn(rows, 'product').values),
  });
  return neighboursOf(bought, weights);
}
