// Aim: learned lifetime value sees nothing of the days it foretells, keeps totals, and says where it cannot learn.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gini } from '#kernels/metrics.ts';
import { random } from '#kernels/random.ts';
import { texts } from '#table/index.ts';
import { type ForetellOptions, foretell } from './foretell.ts';
import { historiesAt, outcomesAfter, type PurchaseDays } from './histories.ts';
import { learn } from './learned.ts';
import { RISING, snapshotOf } from './snapshot.ts';

/** Customers who join over 200 days and buy at a pace and a size of their own; the big spenders leave later. */
function livelyLog(customers: number, seed: number): PurchaseDays {
  const draw = random(seed);
  const [owners, days, spends]: [number[], number[], number[]] = [[], [], []];
  for (let c = 0; c < customers; c++) {
    const pace = draw.gamma(1.2, 30);
    const size = 30 * Math.exp(0.8 * draw.normal());
    let before = -1;
    for (let at = 200 * draw.uniform(); at < 600; at += draw.exponential(pace)) {
      if (Math.floor(at) === before) continue;
      before = Math.floor(at);
      owners.push(c);
      days.push(before);
      spends.push(size * draw.gamma(4, 4));
      if (draw.uniform() < (size > 30 ? 0.05 : 0.25)) break;
    }
  }
  return {
    customers: Array.from({ length: customers }, (_, c) => `c${c}`),
    customer: Int32Array.from(owners),
    day: Float64Array.from(days),
    spend: Float64Array.from(spends),
  };
}

const OPTIONS: ForetellOptions = { horizonDays: 180, unitDays: 7, level: 0.8, seed: 1 };
const log = livelyLog(600, 8);
const seen = historiesAt(log, 400);
const upTo = (day: number): PurchaseDays => {
  const rows = [...log.day.keys()].filter((i) => log.day[i]! <= day);
  return {
    customers: log.customers,
    customer: Int32Array.from(rows, (i) => log.customer[i]!),
    day: Float64Array.from(rows, (i) => log.day[i]!),
    spend: Float64Array.from(rows, (i) => log.spend[i]!),
  };
};

test('learned: a better order than past spend, near the total, the same again, blind to what comes', async () => {
  const actual = outcomesAfter(log, seen, 180);
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  const { forecast } = await foretell(log, seen, 'learned', OPTIONS);
  assert.equal(forecast.method, 'learned');
  assert.ok(forecast.spend.every((own) => own > 0 && Number.isFinite(own)));
  const [own, past] = [forecast.spend, seen.spendAll].map((by) => gini(actual.spend, by));
  assert.ok(own! > past!, `${own} against ${past} of past spend`);
  const ratio = sum(forecast.spend) / sum(actual.spend);
  assert.ok(ratio > 0.75 && ratio < 1.35, `${ratio}`);
  assert.ok(Math.abs(sum(forecast.purchases) / sum(actual.purchases) - 1) < 0.35);
  assert.deepEqual((await foretell(upTo(400), seen, 'learned', OPTIONS)).forecast, forecast);
});

test('features: none sees a later day, all that should rise are there, one-time buyers have an answer', () => {
  const features = snapshotOf(log, seen, 180);
  assert.deepEqual(snapshotOf(upTo(400), seen, 180), features);
  for (const name of RISING) assert.ok(name in features.columns, name);
  const { values } = features.columns.lateness as { values: Float64Array };
  for (const [i, orders] of seen.orders.entries()) assert.equal(Number.isNaN(values[i]), orders === 1);
});

test('new customers: what is known of the first order puts those with one order in order', async () => {
  // Customers of one order do not differ but in their channel: of a, two in three come again; of b, one in ten.
  const draw = random(5);
  const [owners, days, channels]: [number[], number[], (string | null)[]] = [[], [], []];
  for (let c = 0; c < 1500; c++) {
    const channel = draw.uniform() < 0.5 ? 'a' : 'b';
    const first = draw.integer(400);
    owners.push(c);
    days.push(first);
    channels.push(draw.uniform() < 0.05 ? null : channel);
    if (draw.uniform() > (channel === 'a' ? 0.67 : 0.1)) continue;
    owners.push(c);
    days.push(first + 60 + draw.integer(200));
    channels.push('a');
  }
  const plain: PurchaseDays = {
    customers: Array.from({ length: 1500 }, (_, c) => `c${c}`),
    customer: Int32Array.from(owners),
    day: Float64Array.from(days),
    spend: Float64Array.from(days, () => 20 + 5 * draw.uniform()),
  };
  const answered = [plain, { ...plain, extra: { channel: texts(channels) } }].map(async (own) => {
    const then = historiesAt(own, 300);
    const rows = [...then.orders.keys()].filter((i) => then.orders[i] === 1 && then.firstDay[i]! > 240);
    const { purchases } = (await learn(own, then, 180, { seed: 1, trials: [] }))!;
    const actual = outcomesAfter(own, then, 180).purchases;
    return gini(
      rows.map((i) => actual[i]!),
      rows.map((i) => purchases[i]!),
    );
  });
  const [without, knowing] = await Promise.all(answered);
  assert.ok(knowing! > 0.4 && knowing! > without! + 0.2, `${knowing} with the channel, ${without} without`);
});

test('200 buyers and 5 buyers: an answer by the model behind, which says why, and wide', async () => {
  for (const customers of [200, 5]) {
    const few = livelyLog(customers, 9);
    const own = historiesAt(few, 400);
    for (const method of ['blend', 'best'] as const) {
      const { forecast } = await foretell(few, own, method, OPTIONS);
      assert.ok(forecast.spend.every((sum) => Number.isFinite(sum) && sum >= 0));
      assert.ok(forecast.low!.every((low, i) => low <= forecast.high![i]!));
      if (method === 'blend') assert.ok(forecast.fallback !== undefined || customers === 200);
      if (customers === 5) assert.match(forecast.fallback!.code, /repeaters|too-little/);
    }
  }
});

test('a small network answers in its own way, the same again', async () => {
  const few = livelyLog(300, 12);
  const own = historiesAt(few, 400);
  const trials: [] = [];
  const [one, two] = [
    await learn(few, own, 180, { seed: 1, trials, by: 'network' }),
    await learn(few, own, 180, { seed: 1, trials, by: 'network' }),
  ];
  assert.deepEqual(one, two);
  const actual = outcomesAfter(few, own, 180);
  assert.ok(one!.spend.every((sum) => Number.isFinite(sum) && sum >= 0));
  // 300 customers teach it little more than that who spent will spend
  assert.ok(
    gini(actual.spend, one!.spend) > 0.8 * gini(actual.spend, own.spendAll),
    `${gini(actual.spend, one!.spend)}`,
  );
});
