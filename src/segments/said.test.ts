// Aim: sentences of the fixed forms are read as what they say, in both languages, and all others are not read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCondition } from './parse.ts';
import { readSaid, type Vocabulary } from './said.ts';

const vocabulary: Vocabulary = {
  tiers: [
    { key: 'gold', en: 'Gold', zh: '黄金' },
    { key: 'top', en: 'Diamond', zh: '钻石' },
  ],
  states: [{ key: 'at-risk', en: 'At risk', zh: '有流失风险' }],
  tags: [{ key: 'night', en: 'Night owl', zh: '夜猫子' }],
  categories: [{ key: 'Food > Tea', en: 'Food > Tea', zh: '食品 > 茶' }],
  currencyDigits: 2,
};
const tea = [{ property: 'category', op: '=', value: 'Food > Tea' }];

test('what is said is what is asked', () => {
  const CASES: [string, ...unknown[]][] = [
    [
      'viewed twice in the last 14 days, did not buy in the last 14 days',
      { did: 'viewed', atLeast: 2, within: { days: 14 } },
      { didNot: 'order_paid', within: { days: 14 } },
    ],
    [
      '近14天内浏览商品至少2次，近14天未购买',
      { did: 'viewed', atLeast: 2, within: { days: 14 } },
      { didNot: 'order_paid', within: { days: 14 } },
    ],
    ['最近 2 周看过两次', { did: 'viewed', atLeast: 2, within: { days: 14 } }],
    ['bought more than 3 times', { did: 'order_paid', atLeast: 4 }],
    ['购买少于 3 次', { did: 'order_paid', atMost: 2 }],
    ['bought exactly 1 times', { did: 'order_paid', exactly: 1 }],
    [
      'spent at least ¥300 on Food > Tea in the last 90 days',
      { did: 'order_paid', measure: 'amount', atLeast: 30_000, where: tea, within: { days: 90 } },
    ],
    [
      '近 90 天在食品 > 茶上消费超过300元',
      { did: 'order_paid', measure: 'amount', atLeast: 30_001, where: tea, within: { days: 90 } },
    ],
    ['the last time they bought was at least 30 days ago', { lastTime: 'order_paid', atLeastDaysAgo: 30 }],
    ['上次浏览距今超过 30 天', { lastTime: 'viewed', atLeastDaysAgo: 31 }],
    ['上次购买30天以上', { lastTime: 'order_paid', atLeastDaysAgo: 30 }],
    [
      'gold or diamond and at risk',
      { field: 'tier', op: 'in', value: ['gold', 'top'] },
      { field: 'state', op: 'in', value: ['at-risk'] },
    ],
    [
      '黄金、钻石客户且有流失风险',
      { field: 'tier', op: 'in', value: ['gold', 'top'] },
      { field: 'state', op: 'in', value: ['at-risk'] },
    ],
    [
      'not gold; Night owl',
      { not: { field: 'tier', op: 'in', value: ['gold'] } },
      { field: 'tags', op: 'in', value: ['night'] },
    ],
    ['never opted in', { not: { field: 'consent_marketing', op: '=', value: true } }],
    ['未同意营销', { not: { field: 'consent_marketing', op: '=', value: true } }],
    ['a random 10%', { random: '', below: 0.1 }],
    ['随机 5%', { random: '', below: 0.05 }],
    [
      'Orders at least 2, Past spend above 1,000',
      { field: 'orders', op: '>=', value: 2 },
      { field: 'spend_minor', op: '>', value: 100_000 },
    ],
    [
      '订单数不低于 2，仍为客户的概率低于25%',
      { field: 'orders', op: '>=', value: 2 },
      { field: 'p_alive', op: '<', value: 0.25 },
    ],
  ];
  for (const [text, ...all] of CASES) {
    const { condition } = readSaid(text, vocabulary);
    assert.deepEqual(condition, { all }, text);
    parseCondition(condition);
  }
});

test('what is not one of the forms is not read, and nothing is made of the rest', () => {
  for (const text of [
    'bought or viewed',
    'people who love tea',
    'spent at least 300 on Unicorns',
    'bought at least',
    'bought 2 times in the last days',
    'platinum',
    '上次购买30天',
    '随机 200%',
    'p_alive < 0.25; drop table profiles',
    'chance of still being a customer below 25',
    'orders at least',
  ]) {
    const { clauses, condition } = readSaid(`${text}; bought`, vocabulary);
    assert.equal(condition, null, text);
    assert.ok(clauses.some((each) => each.condition === null) && clauses.length > 0, text);
  }
  assert.deepEqual(readSaid(' , ', vocabulary), { clauses: [], condition: null });
});

test('any text is read or not read, and what is read is a condition; long ones end', { timeout: 30_000 }, () => {
  const word = fc.constantFrom(
    'bought',
    'at least',
    '2',
    'times',
    'in the last',
    '30 days',
    'gold',
    'or',
    '近',
    '天',
    '购买',
    '次',
    '未',
    '¥',
    'spent',
    'on',
    ' ',
    'Orders',
    'twice',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word, { maxLength: 12 }).map((all) => all.join(' ')),
      ),
      (text) => {
        const { condition } = readSaid(text, vocabulary);
        if (condition !== null) parseCondition(condition);
      },
    ),
    { seed: 5, numRuns: 2000 },
  );
  for (const long of [
    'bought '.repeat(300),
    '在'.repeat(2000),
    '在消费'.repeat(600),
    `spent at least 3 on ${'a '.repeat(900)}`,
  ])
    assert.equal(readSaid(long, vocabulary).condition, null);
});
