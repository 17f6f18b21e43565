export interface JourneyTemplate {
  readonly key: string;
  readonly about: { readonly en: string; readonly zh: string };
  /** Written as `parseDefinition` reads it. */
  readonly definition: unknown;
}

const DAY = 1440;
const channel = 'file';

const message = (id: string, next: string, [en, zh]: readonly [subject: string, body: string][]) => ({
  ...{ id, kind: 'message', channel, next },
  words: { en: { subject: en![0], body: en![1] }, zh: { subject: zh![0], body: zh![1] } },
});

const ABANDONED_CART = {
  name: { en: 'Abandoned cart', zh: '购物车挽回' },
  reentry: { kind: 'days', days: 7 },
  nodes: [
    {
      id: 'entry',
      kind: 'entry',
      on: { kind: 'event-without', event: 'Product Added', without: 'Order Completed', minutes: 60, key: 'cart' },
      next: 'remind',
    },
    message('remind', 'bought', [
      ['You left something behind', 'Your cart at {{shop}} is still there.'],
      ['您的购物车还在等您', '您在{{shop}}的购物车还在。'],
    ]),
    {
      id: 'bought',
      kind: 'wait-event',
      event: 'Order Completed',
      sameKey: false,
      minutes: 2 * DAY,
      next: 'done',
      timeout: 'worth',
    },
    {
      id: 'worth',
      kind: 'split-score',
      field: 'p_alive',
      branches: [{ atLeast: 0.6, next: 'done' }],
      otherwise: 'ten',
    },
    { id: 'ten', kind: 'offer', offerId: 'ten-percent', next: 'coupon' },
    message('coupon', 'done', [
      ['Ten per cent off your cart', 'Come back to {{shop}}: {{offer}}.'],
      ['购物车专享 9 折', '回到{{shop}}，即享：{{offer}}。'],
    ]),
    { id: 'order', kind: 'goal', event: 'Order Completed', days: 7 },
    { id: 'done', kind: 'exit' },
  ],
};

const WELCOME = {
  name: { en: 'Welcome series', zh: '新客欢迎系列' },
  reentry: { kind: 'once' },
  nodes: [
    {
      id: 'entry',
      kind: 'entry',
      on: { kind: 'segment', condition: { all: [{ field: 'tenure_days', op: '<=', value: 30 }] } },
      next: 'morning',
    },
    { id: 'morning', kind: 'wait', until: '10:00', next: 'hello' },
    message('hello', 'look', [
      ['Welcome to {{shop}}', 'Good to have you with {{shop}}.'],
      ['欢迎来到{{shop}}', '很高兴认识您，{{shop}}敬上。'],
    ]),
    {
      id: 'look',
      kind: 'wait-event',
      event: 'Product Viewed',
      sameKey: false,
      minutes: 3 * DAY,
      next: 'second',
      timeout: 'offer',
    },
    { id: 'offer', kind: 'offer', offerId: 'first-order', next: 'second' },
    {
      id: 'second',
      kind: 'split-random',
      branches: [
        { share: 0.5, next: 'tips' },
        { share: 0.5, next: 'best' },
      ],
    },
    message('tips', 'done', [
      ['How to choose', 'Three ways to find your favourite at {{shop}}.'],
      ['选购指南', '在{{shop}}找到心头好的三个方法。'],
    ]),
    message('best', 'done', [
      ['What others love', 'The favourites of {{shop}} this week.'],
      ['大家都在买', '{{shop}}本周热销。'],
    ]),
    { id: 'order', kind: 'goal', event: 'Order Completed', days: 30 },
    { id: 'done', kind: 'exit' },
  ],
};

const WIN_BACK = {
  name: { en: 'Win back, by tier', zh: '流失召回（按层级）' },
  reentry: { kind: 'days', days: 90 },
  nodes: [
    {
      id: 'entry',
      kind: 'entry',
      on: {
        kind: 'segment',
        condition: {
          all: [
            { field: 'orders', op: '>=', value: 2 },
            { field: 'state', op: 'in', value: ['at-risk', 'lapsed'] },
          ],
        },
      },
      next: 'tier',
    },
    {
      id: 'tier',
      kind: 'split-condition',
      condition: { field: 'tier_index', op: '>=', value: 2 },
      yes: 'service',
      no: 'offer',
    },
    message('service', 'wait', [
      ['We saved a place for you', 'Your benefits at {{shop}} are still yours.'],
      ['您的专属权益仍为您保留', '您在{{shop}}的会员权益仍然有效。'],
    ]),
    { id: 'offer', kind: 'offer', offerId: 'ten-percent', next: 'coupon' },
    message('coupon', 'wait', [
      ['Come back with a gift', 'We miss you at {{shop}}: {{offer}}.'],
      ['好久不见，送您一份心意', '{{shop}}想念您：{{offer}}。'],
    ]),
    {
      id: 'wait',
      kind: 'wait-event',
      event: 'Order Completed',
      sameKey: false,
      minutes: 14 * DAY,
      next: 'done',
      timeout: 'done',
    },
    { id: 'order', kind: 'goal', event: 'Order Completed', days: 28 },
    { id: 'done', kind: 'exit' },
  ],
};

const REVIEW = {
  name: { en: 'Ask for a review', zh: '购后邀评' },
  reentry: { kind: 'free' },
  nodes: [
    { id: 'entry', kind: 'entry', on: { kind: 'event', event: 'Order Completed', key: 'order' }, next: 'use' },
    {
      id: 'use',
      kind: 'wait-event',
      event: 'Product Reviewed',
      sameKey: false,
      minutes: 7 * DAY,
      next: 'done',
      timeout: 'evening',
    },
    { id: 'evening', kind: 'wait', until: '19:00', next: 'ask' },
    {
      ...message('ask', 'done', [
        ['How do you like it?', 'A few words help others choose at {{shop}}.'],
        ['用得还满意吗？', '您的评价能帮助更多人在{{shop}}选购。'],
      ]),
    },
    { id: 'review', kind: 'goal', event: 'Product Reviewed', days: 21 },
    { id: 'done', kind: 'exit' },
  ],
};

const PRICE_DROP = {
  name: { en: 'Price drop on the wish list', zh: '心愿单降价提醒' },
  reentry: { kind: 'free' },
  nodes: [
    {
      id: 'entry',
      kind: 'entry',
      on: { kind: 'event', event: 'Product Added to Wishlist', key: 'product' },
      next: 'drop',
    },
    {
      id: 'drop',
      kind: 'wait-event',
      event: 'Product Price Dropped',
      sameKey: true,
      minutes: 60 * DAY,
      next: 'tell',
      timeout: 'done',
    },
    message('tell', 'done', [
      ['It costs less now', '{{product}} on your wish list costs less at {{shop}}.'],
      ['心愿商品降价啦', '您收藏的{{product}}在{{shop}}降价了。'],
    ]),
    { id: 'order', kind: 'goal', event: 'Order Completed', days: 60 },
    { id: 'done', kind: 'exit' },
  ],
};

/** Messages go to the channel `file` until another is chosen. */
export const TEMPLATES: readonly JourneyTemplate[] = [
  {
    key: 'abandoned-cart',
    about: {
      en: 'An hour after something was put in the cart and not bought; a coupon only for those who may not come back.',
      zh: '加购后一小时未下单时提醒；仅对可能流失的客户发券。',
    },
    definition: ABANDONED_CART,
  },
  {
    key: 'welcome',
    about: {
      en: 'New customers are welcomed in the morning, by two ways drawn at random.',
      zh: '次日上午欢迎新客，两种内容随机分流。',
    },
    definition: WELCOME,
  },
  {
    key: 'win-back',
    about: {
      en: 'Who slips away: service for the upper tiers, a coupon for the others.',
      zh: '即将流失的客户：高层级给服务，其余给优惠券。',
    },
    definition: WIN_BACK,
  },
  {
    key: 'review',
    about: {
      en: 'A week after an order, in the evening, unless there is a review already.',
      zh: '下单一周后的傍晚邀请评价，已评价者除外。',
    },
    definition: REVIEW,
  },
  {
    key: 'price-drop',
    about: {
      en: 'When something on the wish list costs less; needs events of wish lists and prices.',
      zh: '心愿单商品降价时提醒；需要心愿单与降价事件。',
    },
    definition: PRICE_DROP,
  },
];
