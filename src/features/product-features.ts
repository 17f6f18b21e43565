/** The standing features of a product. Guests count; revenue is before returns. */
import type { Definition } from './definition.ts';
import { above, both, definer, is, PAID, REFUNDED } from './vocabulary.ts';

const { aggregate, windows, derived } = definer('product');
const zero = { missing: 0 };
const VIEW = is('name', 'Product Viewed');
const GUEST = { column: 'customer_id', missing: true } as const;

export const PRODUCT_FEATURES: readonly Definition[] = [
  ...windows('buyers', [null, 28, 91], 'lines', 'distinct', 'count', ['customers who bought', '购买人数'], {
    take: 'customer_id',
    where: PAID,
  }),
  aggregate('buyers_repeated', 'lines', 'repeated', 'count', ['customers who bought on two days or more', '复购人数'], {
    take: 'customer_id',
    where: PAID,
  }),
  derived('repeat_rate', 'ratio', ['buyers_repeated', 'buyers'], 'share', [
    'share of buyers who came back for it',
    '复购率',
  ]),
  ...windows('orders', [null, 28, 91], 'lines', 'distinct', 'count', ['orders with it', '订单数'], {
    take: 'order_id',
    where: PAID,
  }),
  ...windows('units', [null, 7, 28, 91, 182, 365], 'lines', 'sum', 'unit', ['units sold', '销量'], {
    take: 'quantity',
    where: PAID,
    ...zero,
  }),
  ...windows('revenue', [null, 7, 28, 56, 91, 182, 365], 'lines', 'sum', 'minor', ['paid', '销售额'], {
    take: 'paid',
    where: PAID,
    ...zero,
  }),
  derived(
    'revenue_trend_28d',
    'trend',
    ['revenue_28d', 'revenue_56d'],
    'ratio',
    ['revenue, 28 days against the 28 before', '近28天销售趋势'],
    zero,
  ),
  derived(
    'revenue_trend_91d',
    'trend',
    ['revenue_91d', 'revenue_182d'],
    'ratio',
    ['revenue, 91 days against the 91 before', '近91天销售趋势'],
    zero,
  ),
  aggregate('sale_recency_days', 'lines', 'days-since-last', 'day', ['days since the last sale', '距上次售出天数'], {
    where: PAID,
  }),
  aggregate('sale_age_days', 'lines', 'days-since-first', 'day', ['days since the first sale', '距首次售出天数'], {
    where: PAID,
  }),
  aggregate('launch_age_days', 'launches', 'days-since-first', 'day', ['days since it went on sale', '上架天数']),
  aggregate('selling_days_91d', 'lines', 'days', 'count', ['days with a sale in 91 days', '近91天动销天数'], {
    where: PAID,
    windowDays: 91,
  }),
  aggregate('discounts', 'lines', 'sum', 'minor', ['discounts and coupons', '优惠额'], {
    take: { plus: ['discount', 'coupon_discount'] },
    where: PAID,
    ...zero,
  }),
  derived('discount_share', 'share', ['discounts', 'revenue'], 'share', [
    'discounts as a share of list price',
    '折扣占比',
  ]),
  aggregate('sold_lines', 'lines', 'count', 'count', ['order lines sold', '售出行数'], { where: PAID }),
  aggregate('coupon_lines', 'lines', 'count', 'count', ['lines sold with a coupon', '用券售出行数'], {
    where: both(PAID, above('coupon_discount', 0)),
    hidden: true,
  }),
  derived('coupon_line_share', 'ratio', ['coupon_lines', 'sold_lines'], 'share', [
    'share of lines sold with a coupon',
    '用券占比',
  ]),
  aggregate('guest_lines', 'lines', 'count', 'count', ['lines sold to guests', '游客购买行数'], {
    where: both(PAID, GUEST),
    hidden: true,
  }),
  derived('guest_share', 'ratio', ['guest_lines', 'sold_lines'], 'share', [
    'share of lines sold to guests',
    '游客购买占比',
  ]),
  ...windows('returns', [null, 91], 'lines', 'count', 'count', ['lines returned', '退货行数'], { where: REFUNDED }),
  derived('return_rate', 'ratio', ['returns', 'sold_lines'], 'share', ['lines returned per line sold', '退货率']),
  derived('unit_price_mean', 'ratio', ['revenue', 'units'], 'minor', ['mean paid per unit', '成交均价']),
  aggregate('price', 'catalog', 'max', 'minor', ['list price', '标价'], { take: 'price' }),
  aggregate('peer_price', 'catalog', 'max', 'minor', ['mean list price in its category', '类目均价'], {
    take: 'peer_price',
    hidden: true,
  }),
  derived('price_vs_category', 'ratio', ['price', 'peer_price'], 'ratio', [
    'list price over the mean of its category',
    '相对类目均价',
  ]),
  aggregate('unit_margin', 'catalog', 'max', 'minor', ['list price less unit cost', '单件毛利'], {
    take: { less: ['price', 'unit_cost'] },
  }),
  derived('margin_share', 'ratio', ['unit_margin', 'price'], 'share', [
    'unit margin as a share of list price',
    '毛利率',
  ]),
  ...windows('views', [null, 28, 91], 'visits', 'count', 'count', ['views', '浏览数'], { where: VIEW }),
  aggregate('viewers_28d', 'visits', 'distinct', 'count', ['customers who viewed it in 28 days', '近28天浏览人数'], {
    take: 'customer_id',
    where: VIEW,
    windowDays: 28,
  }),
  ...windows('adds', [null, 28], 'visits', 'count', 'count', ['times put in the cart', '加购数'], {
    where: is('name', 'Product Added'),
  }),
  derived('add_rate', 'ratio', ['adds', 'views'], 'ratio', ['times put in the cart per view', '加购率']),
  derived('buy_rate', 'ratio', ['sold_lines', 'views'], 'ratio', ['lines sold per view', '浏览购买率']),
  aggregate('reviews', 'reviews', 'count', 'count', ['reviews', '评价数']),
  aggregate('rating_mean', 'reviews', 'mean', 'rating', ['mean rating', '平均评分'], { take: 'rating' }),
  aggregate('low_ratings', 'reviews', 'count', 'count', ['ratings of 2 or less', '差评数'], {
    where: { column: 'rating', is: '<=', value: 2 },
  }),
];
