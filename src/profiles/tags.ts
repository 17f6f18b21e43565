/** Tags that a marketer can read. Rule tags are conditions over customer features, as data. */
import type { Condition } from '#features/index.ts';

export interface Words {
  readonly en: string;
  readonly zh: string;
}

export interface Tag extends Words {
  readonly key: string;
  readonly about: Words;
}

/** A cut at a share of customers with orders, in place of a number: the value that this share of them stays below. */
export interface AtQuantile {
  readonly column: string;
  readonly above: number;
  /** Only where the value is also at least this. */
  readonly atLeast?: number;
}

export interface BelowQuantile {
  readonly column: string;
  readonly below: number;
}

export interface RuleTag extends Tag {
  readonly when: readonly (Condition | AtQuantile | BelowQuantile)[];
}

type Comparison = '=' | '<' | '<=' | '>' | '>=';
const test = (column: string, is: Comparison, value: number): Condition => ({ column, is, value });
const top = (column: string, above: number, atLeast?: number): AtQuantile => ({
  column,
  above,
  ...(atLeast === undefined ? {} : { atLeast }),
});
const tag = (key: string, en: string, zh: string, about: [string, string], when: RuleTag['when']): RuleTag => ({
  key,
  en,
  zh,
  about: { en: about[0], zh: about[1] },
  when,
});

/** All of `when` must hold. */
export const TAGS: readonly RuleTag[] = [
  tag('new', 'New', '新客', ['first order in the last 28 days', '近28天首次下单'], [test('tenure_days', '<', 28)]),
  tag(
    'one-timer',
    'One order only',
    '一次性买家',
    ['a single order, more than 28 days ago', '仅一单且已超过28天'],
    [test('orders', '=', 1), test('recency_days', '>=', 28)],
  ),
  tag(
    'loyal',
    'Loyal',
    '忠实客户',
    ['buys among the most often of all, for half a year or longer, and still does', '购买频次居前且持续半年以上'],
    [top('orders_182d', 0.75, 4), test('tenure_days', '>=', 182), test('overdue_ratio', '<=', 2)],
  ),
  tag(
    'lapsing',
    'Lapsing',
    '即将流失',
    ['silent for over twice the usual days between orders', '沉默时间超过平时间隔两倍'],
    [
      test('orders', '>=', 3),
      test('overdue_ratio', '>', 2),
      test('recency_days', '>=', 14),
      test('recency_days', '<', 182),
    ],
  ),
  tag(
    'asleep',
    'Asleep',
    '沉睡客户',
    ['no order for 182 days or more', '182天以上未下单'],
    [test('recency_days', '>=', 182)],
  ),
  tag(
    'rising',
    'Rising',
    '消费上升',
    ['spend of 91 days well above the 91 before', '近91天消费明显高于前91天'],
    [test('spend_trend_91d', '>=', 0.33), test('orders_182d', '>=', 4), test('tenure_days', '>=', 182)],
  ),
  tag(
    'falling',
    'Falling',
    '消费下降',
    ['spend of 91 days well below the 91 before', '近91天消费明显低于前91天'],
    [test('spend_trend_91d', '<=', -0.33), test('orders_182d', '>=', 4), test('tenure_days', '>=', 182)],
  ),
  tag(
    'big-basket',
    'Big baskets',
    '大额订单',
    ['mean order among the largest tenth', '客单价位居前10%'],
    [top('basket_mean', 0.9), test('orders', '>=', 2)],
  ),
  tag(
    'small-basket',
    'Many small orders',
    '高频小额',
    ['orders often, mean order below the middle', '下单频繁而客单价低于中位'],
    [top('orders_182d', 0.75, 4), { column: 'basket_mean', below: 0.5 }],
  ),
  tag(
    'deal-seeker',
    'Deal seeker',
    '价格敏感',
    ['discounts are a large share of list price on most orders', '多数订单有优惠且折扣占比高'],
    [top('discount_share', 0.8, 0.1), test('discounted_order_share', '>=', 0.5), test('orders', '>=', 3)],
  ),
  tag(
    'full-price',
    'Pays full price',
    '原价购买',
    ['hardly any discount over three orders or more', '三单以上几乎无优惠'],
    [test('discount_share', '<=', 0.01), test('orders', '>=', 3)],
  ),
  tag(
    'coupon-lover',
    'Coupon lover',
    '爱用优惠券',
    ['uses coupons more than others do', '用券明显多于他人'],
    [top('coupon_order_share', 0.9, 0.02), test('coupon_orders', '>=', 2)],
  ),
  tag(
    'weekend-shopper',
    'Weekend shopper',
    '周末购物',
    ['two orders in three on Saturday or Sunday', '三分之二以上订单在周末'],
    [test('weekend_share', '>=', 0.66), test('orders', '>=', 4)],
  ),
  tag(
    'night-owl',
    'Night owl',
    '夜猫子',
    ['half of the orders between 22 and 6', '半数以上订单在22至6点'],
    [test('night_share', '>=', 0.5), test('orders', '>=', 4)],
  ),
  tag(
    'early-bird',
    'Early bird',
    '早间购物',
    ['half of the orders between 6 and 12', '半数以上订单在6至12点'],
    [test('morning_share', '>=', 0.5), test('orders', '>=', 4)],
  ),
  tag(
    'explorer',
    'Explorer',
    '尝新者',
    ['buys from more categories than nine in ten, and little twice', '购买类目多且较少复购'],
    [top('categories', 0.75, 4), test('repeat_product_share', '<', 0.2)],
  ),
  tag(
    'creature-of-habit',
    'Buys the same again',
    '稳定复购',
    ['a large share of products bought again', '复购商品占比高'],
    [top('repeat_product_share', 0.9, 0.25), test('orders', '>=', 4)],
  ),
  tag(
    'returns-often',
    'Returns often',
    '退货较多',
    ['one line in five or more returned', '五分之一以上商品退货'],
    [test('return_rate', '>=', 0.2), test('returns', '>=', 2)],
  ),
  tag(
    'window-shopper',
    'Window shopper',
    '只看不买',
    ['many views, no order in 91 days', '浏览多而近91天未下单'],
    [test('views_91d', '>=', 10), test('orders_91d', '=', 0)],
  ),
  tag(
    'cart-leaver',
    'Leaves carts',
    '常弃购',
    ['few of the products put in the cart are bought', '加购后较少购买'],
    [test('adds', '>=', 5), test('add_to_buy', '<', 0.34)],
  ),
  tag('reviewer', 'Reviewer', '爱评价', ['three reviews or more', '评价三条以上'], [test('reviews', '>=', 3)]),
  tag(
    'high-rater',
    'Generous rater',
    '好评客户',
    ['mean rating 4.5 or more', '平均评分4.5以上'],
    [test('rating_mean', '>=', 4.5), test('reviews', '>=', 2)],
  ),
  tag(
    'unhappy',
    'Unhappy',
    '差评客户',
    ['latest rating 2 or less', '最近评分2分及以下'],
    [test('rating_last', '<=', 2)],
  ),
  tag(
    'responsive',
    'Answers campaigns',
    '活动响应者',
    ['redeemed in two campaigns or more', '多次核销活动优惠'],
    [test('redemptions', '>=', 2), test('redemptions_per_campaign', '>=', 0.2)],
  ),
];

export const FAN = 'category-fan:';
export const GROUP = 'group:';

/** Words for features that set a learned group apart, by feature: when high, when low. */
export const TRAITS: Readonly<Record<string, { readonly high: Words; readonly low: Words }>> = {
  orders_182d: { high: { en: 'frequent', zh: '高频' }, low: { en: 'infrequent', zh: '低频' } },
  recency_days: { high: { en: 'long silent', zh: '久未下单' }, low: { en: 'recently active', zh: '近期活跃' } },
  spend_gross: { high: { en: 'high spend', zh: '高消费' }, low: { en: 'low spend', zh: '低消费' } },
  basket_mean: { high: { en: 'big baskets', zh: '大额订单' }, low: { en: 'small baskets', zh: '小额订单' } },
  discount_share: { high: { en: 'discount-led', zh: '偏好折扣' }, low: { en: 'full price', zh: '原价购买' } },
  coupon_share: { high: { en: 'coupon users', zh: '爱用券' }, low: { en: 'no coupons', zh: '不用券' } },
  categories: { high: { en: 'broad range', zh: '品类丰富' }, low: { en: 'narrow range', zh: '品类集中' } },
  tenure_days: { high: { en: 'long-standing', zh: '老客' }, low: { en: 'newcomers', zh: '新近客户' } },
  weekend_share: { high: { en: 'weekend', zh: '周末购买' }, low: { en: 'weekday', zh: '工作日购买' } },
  return_rate: { high: { en: 'returning goods', zh: '退货多' }, low: { en: 'few returns', zh: '少退货' } },
  views_91d: { high: { en: 'keen browsers', zh: '常浏览' }, low: { en: 'rarely browsing', zh: '少浏览' } },
};

/**
 * A learned group's key is `group:` and traits such as `orders_182d+` or `recency_days-` parted by commas; a fan's is
 * `category-fan:` and the category.
 *
 * @param chinese the Chinese name of a category, where known; default: none is
 * @returns the words of any tag key; the key itself where it is unknown
 */
export function tagWords(key: string, chinese: (category: string) => string | null = () => null): Words {
  const rule = TAGS.find((each) => each.key === key);
  if (rule !== undefined) return { en: rule.en, zh: rule.zh };
  if (key.startsWith(FAN)) {
    const path = key.slice(FAN.length);
    const last = (name: string) => name.split(' > ').at(-1)!;
    return { en: `Fan of ${last(path)}`, zh: `${last(chinese(path) ?? path)}爱好者` };
  }
  if (!key.startsWith(GROUP)) return { en: key, zh: key };
  const words = key
    .slice(GROUP.length)
    .split(',')
    .map((trait) => TRAITS[trait.slice(0, -1)]?.[trait.endsWith('+') ? 'high' : 'low'] ?? { en: trait, zh: trait });
  const en = words.map((each) => each.en).join(', ');
  return { en: en.charAt(0).toUpperCase() + en.slice(1), zh: words.map((each) => each.zh).join('·') };
}
