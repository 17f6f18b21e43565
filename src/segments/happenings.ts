/** What customers do, as conditions know it: where each kind of happening lies, and what may be asked of it. */

export type PropertyKind = 'text' | 'path' | 'number';

export interface Property {
  readonly kind: PropertyKind;
  readonly unit?: 'minor' | 'count';
  readonly en: string;
  readonly zh: string;
}

/** Of a path, `=` and `in` mean the category itself or one below it. */
export const PROPERTIES = {
  product: { kind: 'text', en: 'product', zh: '商品' },
  category: { kind: 'path', en: 'category', zh: '品类' },
  brand: { kind: 'text', en: 'brand', zh: '品牌' },
  price: { kind: 'number', unit: 'minor', en: 'list price', zh: '标价' },
  amount: { kind: 'number', unit: 'minor', en: 'amount', zh: '金额' },
  quantity: { kind: 'number', unit: 'count', en: 'quantity', zh: '数量' },
  rating: { kind: 'number', unit: 'count', en: 'rating', zh: '评分' },
  channel: { kind: 'text', en: 'channel', zh: '渠道' },
  coupon: { kind: 'text', en: 'coupon', zh: '优惠券' },
  campaign: { kind: 'text', en: 'campaign', zh: '活动' },
  offer: { kind: 'text', en: 'offer', zh: '优惠' },
} as const satisfies Record<string, Property>;

export type PropertyName = keyof typeof PROPERTIES;

export interface Happening {
  /** Canonical table, read as e. */
  readonly table: string;
  readonly at: string;
  readonly where: string;
  /** What is counted: rows, or different values of this column. */
  readonly unit?: string;
  /** SQL of each property that these rows have; those of the product come with `product`. */
  readonly properties: Partial<Record<PropertyName, string>>;
  readonly en: string;
  readonly zh: string;
  /** Not having done so; in Chinese 未 and `zh`. */
  readonly not: string;
  /** Chinese measure word of a count. */
  readonly times: '单' | '次';
}

const TIMES = '次';
const SALE = { product: 'e.product_id', channel: 'e.channel', amount: 'e.paid', quantity: 'e.quantity' };
const SHOWN = { campaign: 'e.campaign_id', offer: 'e.offer_id' };
const REACHED = "coalesce(e.arm, 'offer') not in ('holdout', 'control', 'none')";
const named = (name: string, { en, not, zh }: Pick<Happening, 'en' | 'not' | 'zh'>): Happening => ({
  table: 'events',
  at: 'e.occurred_at',
  where: `e.name = '${name}'`,
  properties: { product: 'e.product_id', campaign: 'e.campaign_id' },
  ...{ en, not, zh, times: TIMES },
});

export const HAPPENINGS = {
  order_paid: {
    table: 'order_lines',
    at: 'e.ordered_at',
    where: "e.status = 'paid'",
    unit: 'e.order_id',
    properties: { ...SALE, coupon: 'e.coupon_code' },
    ...{ en: 'bought', not: 'did not buy', zh: '下单购买', times: '单' },
  },
  refund: {
    table: 'order_lines',
    at: 'e.ordered_at',
    where: "e.status = 'refunded'",
    unit: 'e.order_id',
    properties: SALE,
    ...{ en: 'returned something', not: 'returned nothing', zh: '退货', times: TIMES },
  },
  viewed: named('Product Viewed', { en: 'viewed a product', not: 'viewed no product', zh: '浏览商品' }),
  added: named('Product Added', { en: 'put something in the cart', not: 'put nothing in the cart', zh: '加入购物车' }),
  reviewed: {
    table: 'reviews',
    at: 'e.reviewed_at',
    where: 'true',
    properties: { product: 'e.product_id', rating: 'e.rating' },
    ...{ en: 'wrote a review', not: 'wrote no review', zh: '写评价', times: TIMES },
  },
  exposed: {
    table: 'exposures',
    at: 'e.shown_at',
    where: REACHED,
    properties: SHOWN,
    ...{ en: 'got shown a campaign', not: 'got shown no campaign', zh: '被活动触达', times: TIMES },
  },
  clicked: {
    table: 'exposures',
    at: 'e.clicked_at',
    where: REACHED,
    properties: SHOWN,
    ...{ en: 'clicked in a campaign', not: 'clicked in no campaign', zh: '点击活动', times: TIMES },
  },
  redeemed: {
    table: 'redemptions',
    at: 'e.redeemed_at',
    where: 'true',
    properties: { ...SHOWN, coupon: 'e.coupon_code', amount: 'e.discount' },
    ...{ en: 'redeemed a coupon', not: 'redeemed no coupon', zh: '核销优惠券', times: TIMES },
  },
} as const satisfies Record<string, Happening>;

/** Any other event of the lake is `event:` and its name. */
export const EVENT_PREFIX = 'event:';
const OF_PRODUCT = ['category', 'brand', 'price'] as const;

/** The happening of that name; undefined when there is none. The name of an event of the lake stays to be bound. */
export function happeningOf(name: string): (Happening & { readonly bind?: string }) | undefined {
  if (Object.hasOwn(HAPPENINGS, name)) return HAPPENINGS[name as keyof typeof HAPPENINGS];
  const own = name.startsWith(EVENT_PREFIX) ? name.slice(EVENT_PREFIX.length) : '';
  if (own === '' || own.length > 200) return undefined;
  return {
    ...named('', { en: `did “${own}”`, not: `did not do “${own}”`, zh: `发生“${own}”` }),
    where: 'true',
    bind: own,
  };
}

/** The properties that may be asked of a happening, those of its product with them. */
export function propertiesOf({ properties }: Happening): PropertyName[] {
  const own = (Object.keys(PROPERTIES) as PropertyName[]).filter((name) => Object.hasOwn(properties, name));
  return Object.hasOwn(properties, 'product') ? [...own, ...OF_PRODUCT] : own;
}

/** Whether the property is a column of `products`. */
export const isOfProduct = (name: PropertyName): name is (typeof OF_PRODUCT)[number] =>
  (OF_PRODUCT as readonly string[]).includes(name);
