/** A bundle of what is staged for the lists, written beside them; see `../shop/make.ts`. */
import type { Compute } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { fromTriples, type Sparse } from '#kernels/sparse.ts';
import { numberColumn, type TextColumn, textColumn, textAt as textOf } from '#table/index.ts';
import type { Audience } from '../shop/columns.ts';
import type { ListModel } from '../shop/lists.ts';
import { type About, type ProductFacts, packed, type TierName } from './bundle.ts';
import { shopArrays } from './bundle-arrays.ts';
import { type BundleWriter, bundleWriter } from './bundle-file.ts';
import { alike } from './content.ts';
import { type TextList, textList } from './text-list.ts';
import { learnTogether } from './together.ts';

export interface BundleOptions {
  readonly file: string;
  readonly asOf: number;
  readonly timeZone: string;
  readonly perCustomer: number;
  readonly tierNames: Readonly<Record<string, { readonly en: string; readonly zh: string }>>;
}

export interface BundleMaker {
  /** Customers in order of their code, all of them in the end. */
  add(audience: Audience): Promise<void>;
  finish(): void;
  abandon(): void;
}

/** Begins the bundle of what is staged (recommend_tmp_... tables) and learned; memory does not grow with customers. */
export async function makeBundle(compute: Compute, model: ListModel, options: BundleOptions): Promise<BundleMaker> {
  const products = await factsOf(compute, model);
  const about = await aboutOf(compute, model, options);
  const content = await contentOf(compute);
  const { neighbours, popular, weights } = model;
  const together = await learnTogether(compute, { products: products.count, asOf: options.asOf, weights });
  const described = model.content ?? noneOf(products.count);
  const arrays = shopArrays({ about, products, neighbours, together, content, described, popular });
  const lengths = { ...lengthsOf(arrays), ...(await customerLengths(compute)) };
  const writer = bundleWriter(options.file, about, lengths);
  for (const [name, values] of Object.entries(arrays)) writer.put(name, values);
  writer.put('pair.offsets', new Uint32Array(1));
  writer.put('customer.id.offsets', new Uint32Array(1));
  const at = { pairs: 0, bytes: 0 };
  return {
    add: async (audience) => {
      if (audience.code.length > 0) await addCustomers(compute, writer, audience, about.baseDay, at);
    },
    finish: () => writer.finish(),
    abandon: () => writer.abandon(),
  };
}

export const lengthsOf = (arrays: Readonly<Record<string, { readonly length: number }>>): Record<string, number> =>
  Object.fromEntries(Object.entries(arrays).map(([name, { length }]) => [name, length]));

async function customerLengths(compute: Compute): Promise<Record<string, number>> {
  const [row] = await compute.rows<{ customers: number; bytes: number; pairs: number }>(
    `select count(*) as customers, coalesce(sum(strlen(customer_id)), 0)::bigint as bytes,
      (select count(*) from recommend_tmp_pair) as pairs from recommend_tmp_customer`,
  );
  const { customers, bytes, pairs } = row!;
  return {
    ...{ 'customer.id.bytes': bytes, 'customer.id.offsets': customers + 1 },
    ...{ 'customer.tier': customers, 'customer.personal': customers, 'pair.offsets': customers + 1 },
    ...Object.fromEntries(
      ['product', 'weight', 'firstDay', 'lastDay', 'buys', 'views'].map((name) => [`pair.${name}`, pairs]),
    ),
  };
}

async function addCustomers(
  compute: Compute,
  writer: BundleWriter,
  audience: Audience,
  baseDay: number,
  at: { pairs: number; bytes: number },
): Promise<void> {
  const { code, pairs, tier, personal } = audience;
  const ids = textsOf(
    textColumn(
      await compute.table(
        `select customer_id from recommend_tmp_customer where code between ${code[0]!} and ${code[code.length - 1]!} order by code`,
      ),
      'customer_id',
    ),
  );
  writer.put('customer.id.bytes', Uint8Array.from(ids.bytes));
  writer.put(
    'customer.id.offsets',
    ids.offsets.slice(1).map((offset) => offset + at.bytes),
  );
  writer.put('customer.tier', Int8Array.from(tier));
  writer.put('customer.personal', personal);
  writer.put(
    'pair.offsets',
    Uint32Array.from(pairs.offsets.subarray(1), (offset) => offset + at.pairs),
  );
  for (const [name, values] of Object.entries(packed(pairs, baseDay))) writer.put(`pair.${name}`, values);
  at.bytes += ids.bytes.length;
  at.pairs += pairs.product.length;
}

async function aboutOf(compute: Compute, model: ListModel, options: BundleOptions): Promise<About> {
  const { asOf, timeZone, perCustomer, tierNames } = options;
  const found = await compute.rows<{ tier: string | null; place: number }>(
    `select distinct tier, tier_index as place from recommend_tmp_customer where tier_index >= 0 order by 2, 1`,
  );
  const tiers = Array.from({ length: model.popular.tiers }, (_, place): TierName => {
    const key = found.find((tier) => tier.place === place)?.tier ?? '';
    return { key, en: tierNames[key]?.en ?? key, zh: tierNames[key]?.zh ?? key };
  });
  const [days] = await compute.rows<{ first: number | null }>(
    'select min("day")::integer as "first" from recommend_tmp_day',
  );
  const baseDay = days!.first ?? model.today;
  const { rules, weights, today, ranker, strategies, newcomers, products } = model;
  return {
    ...{ asOf, timeZone, today, perCustomer, rules, weights, tiers, baseDay, ranker, strategies, newcomers },
    ...{ departments: products.departments, usualMarginMinor: products.usualMarginMinor },
    strategyOf: Array.from(model.strategyOf),
  };
}

async function factsOf(compute: Compute, model: ListModel): Promise<ProductFacts> {
  const rows = await compute.table(
    `select s.product_id, s.title_en, s.title_zh, s.category, coalesce(p.image_path, '') as image,
      coalesce(p.price, 0)::double as price, p.price is not null as has_price, coalesce(p.stock, 1) > 0 as in_stock,
      coalesce(floor(p.active_from / ${DAY_MS}.0), d.first_day, 0)::integer as since
    from recommend_tmp_product s left join products p using (product_id)
      left join (select product, min("day") as first_day from recommend_tmp_day group by 1) d on d.product = s.code
    order by s.code`,
  );
  const text = (name: string) => textsOf(textColumn(rows, name));
  const flags = (name: string) => Uint8Array.from(numberColumn(rows, name).values);
  return {
    ...model.products,
    ids: text('product_id'),
    titlesEn: text('title_en'),
    titlesZh: text('title_zh'),
    images: text('image'),
    categories: categoriesOf(model.products.category, textColumn(rows, 'category')),
    price: numberColumn(rows, 'price').values,
    hasPrice: flags('has_price'),
    inStock: flags('in_stock'),
    sinceDay: Int32Array.from(numberColumn(rows, 'since').values),
  };
}

async function contentOf(compute: Compute): Promise<Sparse> {
  const rows = await compute.table(
    `select s.title_en, if(s.title_zh = s.title_en, null, s.title_zh) as title_zh, p.brand, s.category
    from recommend_tmp_product s left join products p using (product_id) order by s.code`,
  );
  const columns = ['title_en', 'title_zh', 'brand', 'category'].map((name) => textColumn(rows, name));
  return alike(
    Array.from({ length: rows.length }, (_, product) => columns.map((column) => textOf(column, product) ?? '')),
  );
}

const noneOf = (products: number): Sparse =>
  fromTriples({ rows: products, columns: products, rowOf: new Int32Array(0), columnOf: new Int32Array(0) });

const textsOf = (column: TextColumn): TextList =>
  textList(Array.from(column.codes, (code) => (code < 0 ? '' : column.dictionary[code]!)));

/** The path of each category code. */
function categoriesOf(codes: Int32Array, paths: TextColumn): TextList {
  const found: string[] = [];
  for (const [product, code] of codes.entries()) if (code >= 0) found[code] = textOf(paths, product) ?? '';
  return textList(Array.from(found, (path) => path ?? ''));
}
