/** Segments to begin with. */
import type { Condition } from './condition.ts';
import type { Both } from './words.ts';

export interface Template {
  readonly key: string;
  readonly name: Both;
  readonly about: Both;
  readonly condition: Condition;
}

/**
 * @param tiers keys of the shop's tiers, lowest first; the upper half of them is who counts as high
 */
export function templatesOf(tiers: readonly string[]): Template[] {
  const high = tiers.slice(Math.ceil(tiers.length / 2));
  return [
    {
      key: 'viewed-not-bought',
      name: { en: 'Looked twice, did not buy', zh: '看了两次以上仍未下单' },
      about: {
        en: 'Interest without an order: remind them of what they looked at.',
        zh: '有兴趣但未下单：可提醒其看过的商品。',
      },
      condition: {
        all: [
          { did: 'viewed', atLeast: 2, within: { days: 14 } },
          { didNot: 'order_paid', within: { days: 14 } },
        ],
      },
    },
    {
      key: 'cart-dropped',
      name: { en: 'Left a cart behind', zh: '加购未下单' },
      about: { en: 'Put something in the cart and bought nothing within a day.', zh: '加入购物车后一天内没有下单。' },
      condition: { dropped: { did: 'added' }, without: { did: 'order_paid' }, in: { hours: 24 }, within: { days: 14 } },
    },
    {
      key: 'vip-at-risk',
      name: { en: 'Best customers at risk', zh: '高价值客户流失预警' },
      about: {
        en: 'High tiers whose silence is longer than their rhythm explains.',
        zh: '层级较高，但沉默时间已超出自身购买节奏。',
      },
      condition: {
        all: [
          { field: 'tier', op: 'in', value: high },
          { field: 'state', op: 'in', value: ['at-risk', 'lapsed'] },
        ],
      },
    },
    {
      key: 'second-order-due',
      name: { en: 'Second order due', zh: '该复购的首单客户' },
      about: {
        en: 'One order so far, two weeks to two months ago: the time when a second one is won or lost.',
        zh: '仅有首单，且在两周到两个月前：正是争取复购的时候。',
      },
      condition: {
        all: [
          { field: 'orders', op: '=', value: 1 },
          { lastTime: 'order_paid', atLeastDaysAgo: 14, atMostDaysAgo: 60 },
        ],
      },
    },
    {
      key: 'rising',
      name: { en: 'On their way up', zh: '潜力上升客户' },
      about: {
        en: 'Expected in a high tier next period, and not in one yet.',
        zh: '预测下期进入高层级，目前尚未达到。',
      },
      condition: {
        all: [{ field: 'predicted_tier', op: 'in', value: high }, { not: { field: 'tier', op: 'in', value: high } }],
      },
    },
    {
      key: 'coupon-lovers',
      name: { en: 'Coupon lovers with a low margin', zh: '低毛利的用券常客' },
      about: {
        en: 'They buy at a discount and leave little: offers without money suit them better.',
        zh: '多用折扣购买且毛利低：更适合非金钱类权益。',
      },
      condition: {
        all: [
          { field: 'tags', op: 'in', value: ['coupon-lover', 'deal-seeker'] },
          { field: 'margin_share', op: '<=', value: 0.45 },
        ],
      },
    },
    {
      key: 'returned-and-gone',
      name: { en: 'Returned something and did not come back', zh: '退货后未再购买' },
      about: { en: 'Ask what went wrong before any offer.', zh: '先了解问题所在，再考虑优惠。' },
      condition: { dropped: { did: 'refund' }, without: { did: 'order_paid' }, in: { days: 14 }, within: { days: 90 } },
    },
    {
      key: 'never-opted-in',
      name: { en: 'Never agreed to marketing', zh: '未同意营销的客户' },
      about: {
        en: 'Nothing may be sent to them: ask at the next order.',
        zh: '不可向其推送：可在下次下单时征求同意。',
      },
      condition: { not: { field: 'consent_marketing', op: '=', value: true } },
    },
  ];
}
