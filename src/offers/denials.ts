/** Why an offer or a coupon does not count, in words for customers and staff. */

export const DENIALS = {
  currency: { en: 'The offer is in another currency', zh: '优惠的币种与订单不同' },
  'not-yet': { en: 'The offer has not begun yet', zh: '优惠尚未开始' },
  over: { en: 'The offer is over', zh: '优惠已结束' },
  channel: { en: 'The offer does not count in this channel', zh: '该渠道不适用此优惠' },
  'out-of-scope': { en: 'Nothing in the cart is part of the offer', zh: '购物车中没有适用的商品' },
  'min-spend': { en: 'The cart is below the least spend', zh: '未达到最低消费金额' },
  stacking: { en: 'The offer cannot be used with another one in the cart', zh: '不能与购物车中的其他优惠同时使用' },
  'margin-floor': { en: 'The offer would sell below the least margin', zh: '使用后将低于最低毛利' },
  'takes-nothing': { en: 'The offer takes nothing off this cart', zh: '此优惠对该购物车没有减免' },
  'unknown-code': { en: 'There is no such code', zh: '优惠码不存在' },
  'wrong-customer': { en: 'The code was given to another customer', zh: '该优惠码属于其他顾客' },
  'not-issued': { en: 'The code was not given to anyone yet', zh: '该优惠码尚未发放' },
  redeemed: { en: 'The code was used already', zh: '优惠码已使用' },
  refunded: {
    en: 'The order of this code was refunded; it does not count again',
    zh: '该优惠码的订单已退款，不能再次使用',
  },
  expired: { en: 'The code has expired', zh: '优惠码已过期' },
  revoked: { en: 'The code was taken back', zh: '优惠码已作废' },
  'sold-out': { en: 'All coupons are gone', zh: '优惠券已领完' },
  'person-limit': { en: 'The customer has had as many as one may have', zh: '已达到每人限用次数' },
  'tier-limit': { en: 'This tier has had as many as it may have', zh: '该等级的名额已用完' },
  budget: { en: 'The budget is used up', zh: '预算已用完' },
  'order-used': { en: 'The order has used this code already', zh: '该订单已使用过此优惠码' },
} as const;

export type Denial = keyof typeof DENIALS;
