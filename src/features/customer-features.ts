/** The standing features of a customer. Spend is net of returns unless it says gross; an order is its paid lines. */
import type { Definition } from './definition.ts';
import { above, definer, either, is, isIn, PAID, REFUNDED } from './vocabulary.ts';

const { aggregate, windows, derived } = definer('customer');
const ALL = [null, 7, 14, 28, 56, 91, 182, 365] as const;
const zero = { missing: 0 };

const history: Definition[] = [
  aggregate('recency_days', 'orders', 'days-since-last', 'day', ['days since the last order', '距上次下单天数']),
  aggregate('tenure_days', 'orders', 'days-since-first', 'day', ['days since the first order', '距首单天数']),
  aggregate('member_days', 'arrivals', 'days-since-first', 'day', ['days since first contact', '注册天数']),
  ...windows('orders', ALL, 'orders', 'count', 'count', ['orders', '订单数']),
  ...windows('active_days', [null, 28, 91, 182, 365], 'orders', 'days', 'count', ['days with an order', '下单天数']),
  aggregate('gap_mean_days', 'orders', 'gap-mean', 'day', ['mean days between orders', '平均购买间隔']),
  aggregate('gap_std_days', 'orders', 'gap-stddev', 'day', ['spread of days between orders', '购买间隔标准差']),
  aggregate('gap_max_days', 'orders', 'gap-max', 'day', ['longest days between orders', '最长购买间隔']),
  aggregate('gap_median_days', 'orders', 'gap-median', 'day', ['median days between orders', '购买间隔中位数']),
  derived('overdue_ratio', 'ratio', ['recency_days', 'gap_mean_days'], 'ratio', [
    'days since the last order, in own mean gaps',
    '距上次下单天数与平均间隔之比',
  ]),
  derived(
    'orders_trend_28d',
    'trend',
    ['orders_28d', 'orders_56d'],
    'ratio',
    ['orders, 28 days against the 28 before', '近28天订单趋势'],
    zero,
  ),
  derived(
    'orders_trend_91d',
    'trend',
    ['orders_91d', 'orders_182d'],
    'ratio',
    ['orders, 91 days against the 91 before', '近91天订单趋势'],
    zero,
  ),
];

const NET = [null, 28, 91, 182, 365] as const;
const suffix = (days: number | null) => (days === null ? '' : `_${days}d`);

const spend: Definition[] = [
  ...windows('spend_gross', ALL, 'orders', 'sum', 'minor', ['paid', '消费额（未扣退款）'], { take: 'paid', ...zero }),
  ...windows('refunds', NET, 'lines', 'sum', 'minor', ['given back', '退款额'], {
    take: 'paid',
    where: REFUNDED,
    ...zero,
  }),
  ...NET.map((days) =>
    derived(
      `spend_net${suffix(days)}`,
      'difference',
      [`spend_gross${suffix(days)}`, `refunds${suffix(days)}`],
      'minor',
      [
        days === null ? 'paid less refunds, all time' : `paid less refunds in ${days} days`,
        days === null ? '累计净消费' : `近${days}天净消费`,
      ],
    ),
  ),
  derived(
    'spend_trend_28d',
    'trend',
    ['spend_gross_28d', 'spend_gross_56d'],
    'ratio',
    ['spend, 28 days against the 28 before', '近28天消费趋势'],
    zero,
  ),
  derived(
    'spend_trend_91d',
    'trend',
    ['spend_gross_91d', 'spend_gross_182d'],
    'ratio',
    ['spend, 91 days against the 91 before', '近91天消费趋势'],
    zero,
  ),
  ...windows('units', [null, 28, 91, 365], 'orders', 'sum', 'unit', ['units bought', '购买件数'], {
    take: 'quantity',
    ...zero,
  }),
];

const basket: Definition[] = [
  ...windows('basket_mean', [null, 91], 'orders', 'mean', 'minor', ['mean paid per order', '客单价'], { take: 'paid' }),
  aggregate('basket_std', 'orders', 'stddev', 'minor', ['spread of paid per order', '客单价标准差'], { take: 'paid' }),
  aggregate('basket_max', 'orders', 'max', 'minor', ['largest order', '最大订单金额'], { take: 'paid' }),
  aggregate('basket_min', 'orders', 'min', 'minor', ['smallest order', '最小订单金额'], { take: 'paid' }),
  aggregate('basket_first', 'orders', 'first', 'minor', ['first order', '首单金额'], { take: 'paid' }),
  aggregate('basket_last', 'orders', 'last', 'minor', ['latest order', '最近一单金额'], { take: 'paid' }),
  aggregate('lines_per_order', 'orders', 'mean', 'count', ['mean lines per order', '单均商品行数'], { take: 'lines' }),
  aggregate('units_per_order', 'orders', 'mean', 'unit', ['mean units per order', '单均件数'], { take: 'quantity' }),
  aggregate('single_line_orders', 'orders', 'count', 'count', ['orders of one line', '单行订单数'], {
    where: is('lines', 1),
    hidden: true,
  }),
  derived('single_line_share', 'ratio', ['single_line_orders', 'orders'], 'share', [
    'share of orders with one line',
    '单行订单占比',
  ]),
  derived('unit_price_mean', 'ratio', ['spend_gross', 'units'], 'minor', ['mean paid per unit', '件均价']),
  ...windows('products', [null, 91], 'lines', 'distinct', 'count', ['different products bought', '购买商品种数'], {
    take: 'product_id',
    where: PAID,
  }),
  aggregate('products_repeated', 'lines', 'repeated', 'count', ['products bought on two days or more', '复购商品数'], {
    take: 'product_id',
    where: PAID,
  }),
  derived('repeat_product_share', 'ratio', ['products_repeated', 'products'], 'share', [
    'share of products bought again',
    '复购商品占比',
  ]),
  aggregate('categories', 'lines', 'distinct', 'count', ['different categories bought', '购买类目数'], {
    take: 'category',
    where: PAID,
  }),
  aggregate('departments', 'lines', 'distinct', 'count', ['different top categories bought', '购买一级类目数'], {
    take: 'department',
    where: PAID,
  }),
  aggregate('brands', 'lines', 'distinct', 'count', ['different brands bought', '购买品牌数'], {
    take: 'brand',
    where: PAID,
  }),
  aggregate('stores', 'lines', 'distinct', 'count', ['different stores', '到访门店数'], {
    take: 'store_id',
    where: PAID,
  }),
  aggregate('channels', 'lines', 'distinct', 'count', ['different channels', '购买渠道数'], {
    take: 'channel',
    where: PAID,
  }),
];

const price: Definition[] = [
  ...windows('discounts', [null, 91], 'orders', 'sum', 'minor', ['discounts other than coupons', '优惠额（不含券）'], {
    take: 'discount',
    ...zero,
  }),
  ...windows('coupons', [null, 91], 'orders', 'sum', 'minor', ['coupon discounts', '优惠券抵扣额'], {
    take: 'coupon_discount',
    ...zero,
  }),
  derived('discount_share', 'share', ['discounts', 'spend_gross', 'coupons'], 'share', [
    'discounts as a share of list price',
    '折扣占原价比例',
  ]),
  derived('discount_share_91d', 'share', ['discounts_91d', 'spend_gross_91d', 'coupons_91d'], 'share', [
    'discounts as a share of list price in 91 days',
    '近91天折扣占比',
  ]),
  derived('coupon_share', 'share', ['coupons', 'spend_gross', 'discounts'], 'share', [
    'coupons as a share of list price',
    '优惠券占原价比例',
  ]),
  aggregate('coupon_orders', 'orders', 'count', 'count', ['orders with a coupon', '用券订单数'], {
    where: above('coupon_discount', 0),
  }),
  aggregate('discounted_orders', 'orders', 'count', 'count', ['orders with any discount', '有优惠订单数'], {
    where: either(above('discount', 0), above('coupon_discount', 0)),
    hidden: true,
  }),
  derived('coupon_order_share', 'ratio', ['coupon_orders', 'orders'], 'share', [
    'share of orders with a coupon',
    '用券订单占比',
  ]),
  derived('discounted_order_share', 'ratio', ['discounted_orders', 'orders'], 'share', [
    'share of orders with any discount',
    '有优惠订单占比',
  ]),
  ...windows('redemptions', [null, 91], 'redemptions', 'count', 'count', ['coupons redeemed', '核销优惠券数']),
  ...windows('campaigns_seen', [null, 91], 'exposures', 'distinct', 'count', ['campaigns received', '触达活动数'], {
    take: 'campaign_id',
    where: { not: is('arm', 'holdout') },
  }),
  aggregate('campaigns_clicked', 'clicks', 'distinct', 'count', ['campaigns clicked', '点击活动数'], {
    take: 'campaign_id',
  }),
  derived('redemptions_per_campaign', 'ratio', ['redemptions', 'campaigns_seen'], 'ratio', [
    'coupons redeemed per campaign received',
    '每次触达核销数',
  ]),
];

const returns: Definition[] = [
  aggregate('paid_lines', 'lines', 'count', 'count', ['order lines paid', '支付商品行数'], { where: PAID }),
  ...windows('returns', [null, 91, 365], 'lines', 'count', 'count', ['lines returned', '退货行数'], {
    where: REFUNDED,
  }),
  derived('return_rate', 'ratio', ['returns', 'paid_lines'], 'share', ['lines returned per line paid', '退货率']),
  derived('refund_share', 'ratio', ['refunds', 'spend_gross'], 'share', ['refunds per money paid', '退款占比']),
  aggregate(
    'return_recency_days',
    'lines',
    'days-since-last',
    'day',
    ['days since the last return', '距上次退货天数'],
    { where: REFUNDED },
  ),
  aggregate('cancelled_orders', 'lines', 'distinct', 'count', ['orders with a cancelled line', '取消订单数'], {
    take: 'order_id',
    where: is('status', 'cancelled'),
  }),
];

const hours = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const TIMES: [string, number[], string, string][] = [
  ['morning', hours(6, 12), 'between 6 and 12', '6至12点'],
  ['afternoon', hours(12, 18), 'between 12 and 18', '12至18点'],
  ['evening', hours(18, 22), 'between 18 and 22', '18至22点'],
  ['night', [22, 23, ...hours(0, 6)], 'between 22 and 6', '22至6点'],
];

const habits: Definition[] = [
  aggregate('weekend_orders', 'orders', 'count', 'count', ['orders on Saturday or Sunday', '周末订单数'], {
    where: isIn('weekday', [0, 6]),
    hidden: true,
  }),
  derived('weekend_share', 'ratio', ['weekend_orders', 'orders'], 'share', [
    'share of orders on Saturday or Sunday',
    '周末下单占比',
  ]),
  ...TIMES.flatMap(([key, hour, en, zh]) => [
    aggregate(`${key}_orders`, 'orders', 'count', 'count', [`orders ${en}`, `${zh}订单数`], {
      where: isIn('hour', hour),
      hidden: true,
    }),
    derived(`${key}_share`, 'ratio', [`${key}_orders`, 'orders'], 'share', [`share of orders ${en}`, `${zh}下单占比`]),
  ]),
];

const VIEW = is('name', 'Product Viewed');
const ADD = is('name', 'Product Added');

const browsing: Definition[] = [
  ...windows('views', [null, 7, 14, 28, 91], 'visits', 'count', 'count', ['product views', '商品浏览数'], {
    where: VIEW,
  }),
  ...windows('adds', [null, 7, 28, 91], 'visits', 'count', 'count', ['products put in the cart', '加购数'], {
    where: ADD,
  }),
  ...windows('searches', [null, 28], 'visits', 'count', 'count', ['searches', '搜索次数'], {
    where: is('name', 'Products Searched'),
  }),
  ...windows('sessions', [null, 28, 91], 'visits', 'distinct', 'count', ['sessions', '访问会话数'], {
    take: 'session_id',
  }),
  ...windows('visit_days', [28, 91], 'visits', 'days', 'count', ['days with a visit', '访问天数']),
  aggregate('visit_recency_days', 'visits', 'days-since-last', 'day', ['days since the last visit', '距上次访问天数']),
  aggregate(
    'products_viewed_28d',
    'visits',
    'distinct',
    'count',
    ['different products viewed in 28 days', '近28天浏览商品数'],
    { take: 'product_id', where: VIEW, windowDays: 28 },
  ),
  aggregate('wishes', 'visits', 'count', 'count', ['products put on the wish list', '收藏数'], {
    where: is('name', 'Product Added to Wishlist'),
  }),
  derived('view_to_add', 'ratio', ['adds', 'views'], 'ratio', ['products put in the cart per view', '浏览加购率']),
  derived('view_to_buy', 'ratio', ['paid_lines', 'views'], 'ratio', ['lines bought per view', '浏览购买率']),
  derived('add_to_buy', 'ratio', ['paid_lines', 'adds'], 'ratio', [
    'lines bought per product put in the cart',
    '加购购买率',
  ]),
  derived(
    'views_trend_7d',
    'trend',
    ['views_7d', 'views_14d'],
    'ratio',
    ['views, 7 days against the 7 before', '近7天浏览趋势'],
    zero,
  ),
];

const opinions: Definition[] = [
  ...windows('reviews', [null, 365], 'reviews', 'count', 'count', ['reviews written', '评价数']),
  aggregate('rating_mean', 'reviews', 'mean', 'rating', ['mean rating given', '平均评分'], { take: 'rating' }),
  aggregate('rating_std', 'reviews', 'stddev', 'rating', ['spread of ratings given', '评分标准差'], { take: 'rating' }),
  aggregate('rating_last', 'reviews', 'last', 'rating', ['latest rating given', '最近评分'], { take: 'rating' }),
  aggregate('low_ratings', 'reviews', 'count', 'count', ['ratings of 2 or less', '差评数'], {
    where: { column: 'rating', is: '<=', value: 2 },
  }),
  aggregate('review_recency_days', 'reviews', 'days-since-last', 'day', [
    'days since the last review',
    '距上次评价天数',
  ]),
];

export const CUSTOMER_FEATURES: readonly Definition[] = [
  ...history,
  ...spend,
  ...basket,
  ...price,
  ...returns,
  ...habits,
  ...browsing,
  ...opinions,
];
