/** The catalogue with what was sold of it; one product with its neighbours. */
import type { z } from 'zod';
import type { Scalar } from '#engines/index.ts';
import { known } from '#errors.ts';
import { type CsvColumn, majorUnits } from './csv.ts';
import type { PRODUCT_SORTS, ProductReply, ProductRow, ProductsQuery, ProductsReply } from './schemas.ts';
import type { Store } from './store.ts';

type Query = z.infer<typeof ProductsQuery>;
type Row = z.infer<typeof ProductRow>;

const SORT: Readonly<Record<(typeof PRODUCT_SORTS)[number], string>> = {
  revenue: 'revenue_minor',
  units: 'units',
  customers: 'customers',
  price: 'price',
  title: 'title',
  product_id: 'product_id',
};
const EXPORT_BATCH = 5000;

interface Stored {
  readonly product_id: string;
  readonly title: string | null;
  readonly title_zh: string | null;
  readonly category: string | null;
  readonly category_zh: string | null;
  readonly brand: string | null;
  readonly price: number | null;
  readonly stock: number | null;
  readonly image_path: string | null;
  readonly revenue_minor: number;
  readonly units: number;
  readonly customers: number;
}

const FIELDS =
  'product_id, title, title_zh, category, category_zh, brand, price, stock, image_path, revenue_minor, units, customers';

/** One page of products, the number of all that match, and the top categories. */
export async function listProducts(store: Store, query: Query): Promise<z.infer<typeof ProductsReply>> {
  const { sql, params } = whereOf(query);
  const [[counted], categories, rows] = await Promise.all([
    store.compute.rows<{ n: number }>(`select count(*) as n from serve_products where ${sql}`, params),
    categoriesOf(store),
    page(store, query, query.limit, query.offset),
  ]);
  return { total: counted?.n ?? 0, categories, rows };
}

/** Every matching product in the order asked for, in batches. */
export async function* allProducts(store: Store, query: Query): AsyncGenerator<Row[]> {
  for (let offset = 0; ; offset += EXPORT_BATCH) {
    const rows = await page(store, query, EXPORT_BATCH, offset);
    if (rows.length > 0) yield rows;
    if (rows.length < EXPORT_BATCH) return;
  }
}

export function productColumns({ shop }: Store): readonly CsvColumn<Row>[] {
  const money = (amount: number | null) => majorUnits(amount, shop.currencyDigits);
  return [
    { name: 'product_id', cell: (row) => row.productId },
    { name: 'title', cell: (row) => row.title },
    { name: 'title_zh', cell: (row) => row.titleZh },
    { name: 'category', cell: (row) => row.category },
    { name: 'brand', cell: (row) => row.brand },
    { name: `price_${shop.currency}`, cell: (row) => money(row.priceMinor), isNumeric: true },
    { name: 'stock', cell: (row) => row.stock },
    { name: `revenue_${shop.currency}`, cell: (row) => money(row.revenueMinor), isNumeric: true },
    { name: 'units', cell: (row) => row.units },
    { name: 'customers', cell: (row) => row.customers },
  ];
}

async function page(store: Store, query: Query, limit: number, offset: number): Promise<Row[]> {
  const { sql, params } = whereOf(query);
  const order = `${SORT[query.sort]} ${query.dir === 'asc' ? 'asc' : 'desc'} nulls last, product_id`;
  const rows = await store.compute.rows<Stored>(
    `select ${FIELDS} from serve_products where ${sql} order by ${order} limit $limit offset $offset`,
    { ...params, limit, offset },
  );
  return rows.map(rowOf);
}

function whereOf(query: Query): { sql: string; params: Record<string, Scalar> } {
  const terms = ['true'];
  const params: Record<string, Scalar> = {};
  const search = query.search?.trim() ?? '';
  if (search !== '') {
    terms.push('contains(search, lower($search))');
    params.search = search;
  }
  if (query.category !== undefined) {
    terms.push("(category = $category or starts_with(category, $category || ' > '))");
    params.category = query.category;
  }
  return { sql: terms.join(' and '), params };
}

function categoriesOf(store: Store): Promise<z.infer<typeof ProductsReply>['categories']> {
  return store.memo('categories', () =>
    store.compute.rows(
      `select split_part(category, ' > ', 1) as "key", nullif(min(split_part(category_zh, ' > ', 1)), '') as zh, count(*) as products
       from serve_products where category is not null group by 1 order by products desc, 1`,
    ),
  );
}

const rowOf = (row: Stored): Row => ({
  productId: row.product_id,
  title: row.title,
  titleZh: row.title_zh,
  category: row.category,
  categoryZh: row.category_zh,
  brand: row.brand,
  priceMinor: row.price,
  stock: row.stock,
  imageUrl: imageUrl(row.product_id, row.image_path),
  revenueMinor: row.revenue_minor,
  units: row.units,
  customers: row.customers,
});

/** Where the picture of a product is fetched: its own URL, or ours for a file of the shop; null where there is none. */
export function imageUrl(productId: string, path: string | null): string | null {
  if (path === null || path === '') return null;
  if (/^https:\/\//i.test(path)) return path;
  return `/api/v1/products/${encodeURIComponent(productId)}/image`;
}

/** What the run found near, and where it has nothing alike by content, what sells best in the same category. */
const NEIGHBOURS = `
  from product_neighbours where product_id = $id
  union all by name
  select o.product_id as neighbour_id, 'same-category' as kind, o.customers::double as score,
    row_number() over (order by o.customers desc, o.product_id) as "rank"
  from serve_products o join serve_products own on own.product_id = $id and o.category = own.category
  where o.product_id <> $id and o.customers > 0 and coalesce(o.stock, 1) > 0
    and not exists (from product_neighbours where product_id = $id and kind = 'alike')
  order by "rank" limit 24`;

/**
 * One product.
 *
 * @throws PRODUCT_UNKNOWN
 */
export async function productOf(store: Store, id: string): Promise<z.infer<typeof ProductReply>> {
  const { compute } = store;
  const [row] = await compute.rows<
    Stored & {
      description: string | null;
      description_zh: string | null;
      unit_cost: number | null;
      first_sold_at: number | null;
      last_sold_at: number | null;
    }
  >(
    `select ${FIELDS}, description, description_zh, unit_cost, first_sold_at, last_sold_at from serve_products where product_id = $id limit 1`,
    { id },
  );
  if (row === undefined) throw known('PRODUCT_UNKNOWN', { id });
  const [[features], neighbours, bySource] = await Promise.all([
    compute.rows('from product_features where product_id = $id limit 1', { id }),
    compute.rows<
      Pick<Stored, 'product_id' | 'title' | 'title_zh' | 'price' | 'image_path'> & { kind: string; score: number }
    >(
      `select n.neighbour_id as product_id, n.kind, p.title, p.title_zh, p.price, p.image_path, n.score
       from (${NEIGHBOURS}) n left join serve_products p on p.product_id = n.neighbour_id
       order by n.kind, n."rank", n.neighbour_id`,
      { id },
    ),
    compute.rows<{ source: string; customers: number }>(
      'select "source", count(*)::integer as customers from recommendations where product_id = $id group by 1 order by 2 desc, 1',
      { id },
    ),
  ]);
  return {
    ...rowOf(row),
    description: row.description,
    descriptionZh: row.description_zh,
    unitCostMinor: row.unit_cost,
    firstSoldAt: row.first_sold_at,
    lastSoldAt: row.last_sold_at,
    features: featuresOf(features ?? {}),
    neighbours: neighbours.map((near) => ({
      productId: near.product_id,
      title: near.title,
      titleZh: near.title_zh,
      kind: near.kind,
      priceMinor: near.price,
      score: Number.isFinite(near.score) ? near.score : 0,
      imageUrl: imageUrl(near.product_id, near.image_path),
    })),
    recommended: { customers: bySource.reduce((sum, each) => sum + each.customers, 0), bySource },
  };
}

function featuresOf(row: Readonly<Record<string, unknown>>): z.infer<typeof ProductReply>['features'] {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => name !== 'product_id')
      .map(([name, value]) => {
        if (typeof value === 'string' || typeof value === 'boolean') return [name, value];
        return [name, typeof value === 'number' && Number.isFinite(value) ? value : null];
      }),
  );
}
