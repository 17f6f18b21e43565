/** The arrays of a bundle by name: how they are kept, taken apart and put together again. */
import type { Sparse } from '#kernels/sparse.ts';
import type { About, Bundle, Customers } from './bundle.ts';
import type { ArrayType, Held } from './bundle-file.ts';
import type { TextList } from './text-list.ts';

const TEXTS = [
  'product.id',
  'product.titleEn',
  'product.titleZh',
  'product.image',
  'category.path',
  'customer.id',
] as const;
type TextName = (typeof TEXTS)[number];

/** Name and type of every array, in the order of the file. */
export const ARRAYS: Readonly<Record<string, ArrayType>> = {
  ...Object.fromEntries(
    TEXTS.flatMap((name) => [[`${name}.bytes`, 'u8'] as const, [`${name}.offsets`, 'u32'] as const]),
  ),
  'product.sellable': 'u8',
  'product.category': 'i32',
  'product.consumable': 'u8',
  'product.gapDays': 'i32',
  'product.buyers': 'f64',
  'product.returning': 'f64',
  'product.department': 'i32',
  'product.ageDays': 'f64',
  'product.marginMinor': 'f64',
  'product.path.offsets': 'i32',
  'product.path.branch': 'i32',
  'product.price': 'f64',
  'product.hasPrice': 'u8',
  'product.inStock': 'u8',
  'product.sinceDay': 'i32',
  'neighbour.offsets': 'i32',
  'neighbour.product': 'i32',
  'neighbour.weight': 'f64',
  'together.offsets': 'i32',
  'together.product': 'i32',
  'together.weight': 'f64',
  'content.offsets': 'i32',
  'content.product': 'i32',
  'content.weight': 'f64',
  'described.offsets': 'i32',
  'described.product': 'i32',
  'described.weight': 'f64',
  'popular.order': 'i32',
  'popular.share': 'f64',
  'customer.tier': 'i8',
  'customer.personal': 'u8',
  'pair.offsets': 'u32',
  'pair.product': 'i32',
  'pair.weight': 'u32',
  'pair.firstDay': 'u16',
  'pair.lastDay': 'u16',
  'pair.buys': 'u16',
  'pair.views': 'u16',
};

/** The bundle of arrays by name, without a copy. */
export function assembled(about: About, held: Readonly<Record<string, Held>>): Bundle {
  const array = <T extends Held>(name: string): T => {
    const found = held[name];
    if (found === undefined) throw new RangeError(`no array ${name}`);
    return found as T;
  };
  const text = (name: TextName): TextList => {
    const { buffer, byteOffset, byteLength } = array<Uint8Array>(`${name}.bytes`);
    return { bytes: Buffer.from(buffer, byteOffset, byteLength), offsets: array(`${name}.offsets`) };
  };
  const sellable: Uint8Array = array('product.sellable');
  const products = sellable.length;
  const square = (name: string): Sparse => ({
    ...{ rows: products, columns: products, offsets: array(`${name}.offsets`) },
    ...{ indices: array(`${name}.product`), values: array(`${name}.weight`) },
  });
  const lists = about.tiers.length + 1;
  const orders: Int32Array = array('popular.order');
  const shares: Float64Array = array('popular.share');
  const shown = orders.length / lists;
  return {
    about,
    products: {
      count: products,
      sellable,
      category: array('product.category'),
      consumable: array('product.consumable'),
      gapDays: array('product.gapDays'),
      buyers: array('product.buyers'),
      returning: array('product.returning'),
      department: array('product.department'),
      departments: about.departments,
      ageDays: array('product.ageDays'),
      marginMinor: array('product.marginMinor'),
      usualMarginMinor: about.usualMarginMinor,
      paths: { offsets: array('product.path.offsets'), branches: array('product.path.branch') },
      ids: text('product.id'),
      titlesEn: text('product.titleEn'),
      titlesZh: text('product.titleZh'),
      images: text('product.image'),
      categories: text('category.path'),
      price: array('product.price'),
      hasPrice: array('product.hasPrice'),
      inStock: array('product.inStock'),
      sinceDay: array('product.sinceDay'),
    },
    neighbours: square('neighbour'),
    together: square('together'),
    content: square('content'),
    described: square('described'),
    popular: {
      tiers: about.tiers.length,
      orders: Array.from({ length: lists }, (_, t) => orders.subarray(t * shown, (t + 1) * shown)),
      shares: Array.from({ length: lists }, (_, t) => shares.subarray(t * products, (t + 1) * products)),
    },
    customers: customersOf(array, text),
  };
}

function customersOf(array: <T extends Held>(name: string) => T, text: (name: TextName) => TextList): Customers {
  const personal: Uint8Array = array('customer.personal');
  return {
    count: personal.length,
    ids: text('customer.id'),
    tier: array('customer.tier'),
    personal,
    pairs: {
      offsets: array('pair.offsets'),
      product: array('pair.product'),
      weight: array('pair.weight'),
      firstDay: array('pair.firstDay'),
      lastDay: array('pair.lastDay'),
      buys: array('pair.buys'),
      views: array('pair.views'),
    },
  };
}

/** Every array of what a bundle holds but its customers. */
export function shopArrays({
  products,
  neighbours,
  together,
  content,
  described,
  popular,
}: Omit<Bundle, 'customers'>): Record<string, Held> {
  const shown = popular.orders[0]?.length ?? 0;
  const order = new Int32Array(popular.orders.length * shown);
  const share = new Float64Array(popular.shares.length * products.count);
  for (const [t, own] of popular.orders.entries()) order.set(own, t * shown);
  for (const [t, own] of popular.shares.entries()) share.set(own, t * products.count);
  return {
    ...textArrays('product.id', products.ids),
    ...textArrays('product.titleEn', products.titlesEn),
    ...textArrays('product.titleZh', products.titlesZh),
    ...textArrays('product.image', products.images),
    ...textArrays('category.path', products.categories),
    'product.sellable': products.sellable,
    'product.category': products.category,
    'product.consumable': products.consumable,
    'product.gapDays': products.gapDays,
    'product.buyers': products.buyers,
    'product.returning': products.returning,
    'product.department': products.department,
    'product.ageDays': products.ageDays,
    'product.marginMinor': products.marginMinor,
    'product.path.offsets': products.paths.offsets,
    'product.path.branch': products.paths.branches,
    'product.price': products.price,
    'product.hasPrice': products.hasPrice,
    'product.inStock': products.inStock,
    'product.sinceDay': products.sinceDay,
    'neighbour.offsets': neighbours.offsets,
    'neighbour.product': neighbours.indices,
    'neighbour.weight': neighbours.values,
    'together.offsets': together.offsets,
    'together.product': together.indices,
    'together.weight': together.values,
    'content.offsets': content.offsets,
    'content.product': content.indices,
    'content.weight': content.values,
    'described.offsets': described.offsets,
    'described.product': described.indices,
    'described.weight': described.values,
    'popular.order': order,
    'popular.share': share,
  };
}

const textArrays = (name: TextName, { bytes, offsets }: TextList): Record<string, Held> => ({
  [`${name}.bytes`]: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  [`${name}.offsets`]: offsets,
});
