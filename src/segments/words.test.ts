// Aim: every condition is told in both languages, and what is told says all that the condition says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIELDS } from './fields.ts';
import { HAPPENINGS } from './happenings.ts';
import { parseCondition } from './parse.ts';
import { type Naming, words } from './words.ts';

const NAMES: Record<string, { en: string; zh: string }> = {
  gold: { en: 'Gold', zh: '黄金' },
  platinum: { en: 'Platinum', zh: '白金' },
  'Food > Tea': { en: 'Food > Tea', zh: '食品 > 茶' },
  'vips-1': { en: 'VIPs', zh: '贵宾' },
};
const naming: Naming = {
  currency: 'CNY',
  currencyDigits: 2,
  name: (_, key) => (Object.hasOwn(NAMES, key) ? NAMES[key] : undefined),
};
const said = (input: unknown) => words(parseCondition(input), naming);

test('known sentences', () => {
  const tea = [{ property: 'category', op: '=', value: 'Food > Tea' }];
  const CASES: [unknown, string, string][] = [
    [{ all: [] }, 'Everyone', '所有客户'],
    [{ any: [] }, 'Nobody', '没有任何人'],
    [{ field: 'tier', op: 'in', value: ['gold', 'platinum'] }, 'Tier is Gold or Platinum', '层级为 黄金或白金'],
    [
      { field: 'p_alive', op: '<', value: 0.25 },
      'Chance of still being a customer below 25%',
      '仍为客户的概率低于 25%',
    ],
    [
      { not: { field: 'consent_marketing', op: '=', value: true } },
      'Not (Consent to marketing is yes)',
      '非（同意营销为 是）',
    ],
    [{ field: 'city', op: 'missing', value: true }, 'City is not known', '城市未知'],
    [
      { did: 'order_paid', measure: 'amount', atLeast: 30_000, within: { days: 90 }, where: tea },
      'Bought (category is “Food > Tea”) for at least ¥300 in all in the last 90 days',
      '近 90 天内下单购买（品类为 “食品 > 茶”） 合计金额不低于 ¥300',
    ],
    [
      {
        all: [
          { did: 'viewed', atLeast: 2, within: { days: 30 } },
          { didNot: 'order_paid', within: { days: 30 } },
        ],
      },
      'Viewed a product at least 2 times in the last 30 days; and did not buy in the last 30 days',
      '近 30 天内浏览商品 不低于 2 次；且近 30 天内未下单购买',
    ],
    [
      { lastTime: 'viewed', atLeastDaysAgo: 30 },
      'The last time they viewed a product was at least 30 days ago',
      '上次浏览商品距今至少 30 天',
    ],
    [
      { sequence: [{ did: 'viewed' }, { did: 'order_paid' }], in: { days: 7 } },
      'Viewed a product, then bought, all within 7 days',
      '先浏览商品，再下单购买，全程不超过 7 天',
    ],
    [
      { dropped: { did: 'added' }, without: { did: 'order_paid' }, in: { hours: 24 }, within: { days: 7 } },
      'Put something in the cart in the last 7 days and then did not buy within 24 hours',
      '近 7 天内加入购物车，之后 24 小时内未下单购买',
    ],
    [
      { any: [{ segment: 'vips-1' }, { all: [{ list: 'none' }, { random: 's', below: 0.1 }] }] },
      'In segment “VIPs”; or (on list “none”; and a random 10%, draw “s”)',
      '属于人群“贵宾”；或（在名单“none”中；且随机 10%，抽签“s”）',
    ],
    [
      { uplift: 'F1', bound: 'low', op: '>', value: 50 },
      'What offer “F1” adds, at its low end, is above ¥0.5',
      '优惠“F1”带来的增量（区间下限）高于 ¥0.5',
    ],
  ];
  for (const [input, en, zh] of CASES) assert.deepEqual(said(input), { en, zh });
});

test('conditions that differ are told differently', () => {
  const differ: unknown[] = [];
  for (const [field, { kind }] of FIELDS) {
    if (field === 'tag') continue;
    const value = { number: 0.5, text: 'x', flag: true, list: 'x' }[kind];
    for (const op of kind === 'number' ? ['=', '!=', '<', '<=', '>', '>='] : ['=', '!='])
      differ.push({ field, op, value });
    differ.push({ field, op: 'missing', value: true }, { field, op: 'missing', value: false });
  }
  for (const did of [...Object.keys(HAPPENINGS), 'event:Cart Viewed', 'event:Cart'])
    differ.push(
      { did },
      { didNot: did },
      { did, atLeast: 2 },
      { did, atMost: 2 },
      { did, exactly: 2 },
      { did, exactly: 1 },
      { did, atLeast: 2, atMost: 3 },
      ...[
        { days: 1 },
        { days: 2 },
        { from: '2024-01-01' },
        { to: '2024-01-01' },
        { from: '2024-01-01', to: '2024-01-02' },
      ].map((within) => ({ did, within })),
      { lastTime: did, atLeastDaysAgo: 2 },
      { lastTime: did, atMostDaysAgo: 2 },
      { lastTime: did, atLeastDaysAgo: 2, atMostDaysAgo: 3 },
      { sequence: [{ did }, { did: 'viewed' }], in: { hours: 2 } },
      { sequence: [{ did }, { did: 'viewed' }], in: { days: 2 } },
      { dropped: { did }, without: { did: 'viewed' }, in: { days: 2 } },
    );
  for (const measure of ['amount', 'quantity']) differ.push({ did: 'order_paid', measure, atLeast: 2 });
  for (const [property, op, value] of [
    ['product', '=', 'P'],
    ['product', '!=', 'P'],
    ['brand', '=', 'P'],
    ['brand', 'in', ['P', 'Q']],
    ['price', '>', 1],
    ['price', '>=', 1],
  ])
    differ.push({ did: 'order_paid', where: [{ property, op, value }] });
  for (const language of ['en', 'zh'] as const) {
    const seen = new Map<string, unknown>();
    for (const condition of differ) {
      const text = said(condition)[language];
      assert.ok(!/undefined|NaN|\[object/.test(text), text);
      assert.equal(seen.get(text), undefined, `${text}: ${JSON.stringify([condition, seen.get(text)])}`);
      seen.set(text, condition);
    }
  }
});
