// Aim: the tables of tiers are whole and agree with each other, see no future, and the model is judged fairly.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Compute } from '#engines/index.ts';
import { dayOf } from '#events/index.ts';
import { dayNumber } from '#kernels/local-time.ts';
import { type Line, livelyLines, noon, SHOP, tinyShop } from '#value/tiny-lines.ts';
import { chooseHorizon } from './horizon.ts';
import { OWN_INPUTS } from './inputs.ts';
import { makeTiers, type TierReport } from './make.ts';
import { DEFAULT_POLICY } from './policy.ts';
import type { Reason } from './reasons.ts';

const HORIZON = 91;
const WORDS = [{ name: 'spend_91d', unit: 'minor', about: { en: 'paid in 91 days', zh: '近91天消费额' } }];

/** A few features, as the features folder makes many; one is missing for some. */
const featuresOf = (compute: Compute) => (asOf: number, into: string) =>
  compute.run(
    `create or replace table ${into} as
     with seen as (select *, $today - ${dayOf('ordered_at', SHOP.timeZone)} as ago from order_lines where ordered_at <= $asOf and status = 'paid' and customer_id is not null)
     select customer_id, count(*) as orders, sum(paid)::bigint as spend_gross, coalesce(sum(paid) filter (ago < 91), 0)::bigint as spend_91d,
       min(ago) as recency_days, max(ago) as tenure_days, (sum(paid) filter (ago < 28))::bigint as spend_28d, 'x' as words
     from seen group by customer_id order by customer_id`,
    { asOf, today: dayNumber(asOf, SHOP.timeZone) },
  );

interface Made {
  compute: Compute;
  report: TierReport;
  tiers: {
    customer_id: string;
    tier: string;
    tier_index: number;
    value_minor: number;
    since_at: number;
    predicted_tier: string;
    predicted_probability: number;
    probabilities: number[];
    reasons: string;
  }[];
}

async function made(lines: readonly Line[], asOfDay: number, threads = 2): Promise<Made> {
  const compute = await tinyShop(lines, threads);
  const features = featuresOf(compute);
  const report = await makeTiers(compute, {
    asOf: noon(asOfDay),
    timeZone: SHOP.timeZone,
    shop: SHOP,
    horizonDays: HORIZON,
    seed: 1,
    features,
    words: WORDS,
  });
  return { compute, report, tiers: await compute.rows('from customer_tiers order by customer_id') };
}

const lines = livelyLines(600, 11);
const shop = await made(lines, 400);
after(() => shop.compute.close());

test('every buyer has a tier, and sizes and values add up to the report', async () => {
  const [buyers] = await shop.compute.rows<{ n: number }>('select count(distinct customer_id) as n from order_lines');
  assert.equal(shop.tiers.length, buyers!.n);
  for (const { tier, customers, valueMinor } of shop.report.tiers) {
    const own = shop.tiers.filter((row) => row.tier === tier);
    assert.deepEqual([own.length, own.reduce((sum, row) => sum + row.value_minor, 0)], [customers, valueMinor]);
  }
  assert.deepEqual(
    shop.report.tiers.map(({ tier }) => tier),
    DEFAULT_POLICY.tiers.map(({ key }) => key),
  );
});

test('chances are whole, and foretold tiers keep the shares of the lesson', () => {
  for (const { probabilities, predicted_tier, predicted_probability } of shop.tiers) {
    assert.ok(Math.abs(probabilities.reduce((a, b) => a + b, 0) - 1) < 1e-9);
    assert.equal(
      predicted_probability,
      probabilities[DEFAULT_POLICY.tiers.findIndex(({ key }) => key === predicted_tier)],
    );
  }
  const top = shop.tiers.filter((row) => row.predicted_tier === 'diamond').length / shop.tiers.length;
  assert.ok(top > 0.02 && top < 0.09, `${top}`);
});

test('history has five moments, ends in the present tiers, and its differences are the moves', async () => {
  const { compute, report, tiers } = shop;
  const history = await compute.rows<{ as_of: number; customer_id: string; tier: string }>(
    'from tier_history order by as_of, customer_id',
  );
  assert.deepEqual([...new Set(history.map((row) => row.as_of))], report.dates);
  assert.equal(report.dates.length, 5);
  const at = (moment: number) =>
    new Map(history.filter((row) => row.as_of === moment).map((row) => [row.customer_id, row.tier]));
  assert.deepEqual(
    [...at(report.asOf)],
    tiers.map((row) => [row.customer_id, row.tier]),
  );
  const found = report.dates.slice(1).flatMap((to, i) => {
    const [before, now] = [at(report.dates[i]!), at(to)];
    return [...now]
      .filter(([id, tier]) => before.has(id) && before.get(id) !== tier)
      .map(([id, tier]) => [id, before.get(id), tier, to]);
  });
  const moves = await compute.rows<{
    customer_id: string;
    from_tier: string;
    to_tier: string;
    to_at: number;
    why: string;
    why_zh: string;
  }>('from tier_moves order by to_at, customer_id');
  assert.deepEqual(
    moves.map((m) => [m.customer_id, m.from_tier, m.to_tier, m.to_at]),
    found,
  );
  assert.ok(moves.length > 0 && moves.every((m) => (m.why === 'rose' || m.why === 'fell') && m.why_zh.includes('10%')));
});

test('reasons: the value first, then what the model weighed, in both languages', () => {
  for (const row of shop.tiers) {
    const reasons = JSON.parse(row.reasons) as Reason[];
    assert.equal(reasons[0]!.code, 'value');
    assert.equal(reasons[0]!.value, row.value_minor);
    assert.ok(reasons.every(({ en, zh }) => en.length > 10 && /[\u4e00-\u9fff]/.test(zh)));
    const learned = reasons.filter(({ code }) => code === 'raises' || code === 'lowers');
    assert.ok(learned.length <= 3 && learned.every(({ code, effect }) => effect > 0 === (code === 'raises')));
    assert.deepEqual(
      [...learned].sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect)),
      learned,
    );
  }
  const all = shop.tiers.flatMap((row) => JSON.parse(row.reasons) as Reason[]);
  const words = new Map([...WORDS, ...OWN_INPUTS].map(({ name, about }) => [name, about.zh]));
  const named = all.filter(({ code, feature }) => code !== 'value' && words.has(feature) && feature !== 'value_minor');
  assert.ok(named.length > 0 && named.every(({ feature, zh }) => zh.startsWith(`${words.get(feature)}：`)));
});

test('the model is judged beside the rules on a period after all it has seen, and beats recency-frequency-money', () => {
  const { judged, fallback } = shop.report.evaluation;
  assert.equal(fallback, undefined);
  assert.deepEqual(
    judged!.methods.map(({ method }) => method),
    ['learned', 'value', 'past-spend', 'same-tier', 'rfm'],
  );
  assert.ok(
    judged!.trainedAsOf < judged!.askedAsOf && judged!.askedAsOf < judged!.until && judged!.until === shop.report.asOf,
  );
  assert.equal(
    judged!.confusion.flat().reduce((a, b) => a + b),
    judged!.customers,
  );
  const of = (method: string) => judged!.methods.find((m) => m.method === method)!;
  for (const { metrics, intervals } of judged!.methods) {
    assert.equal(metrics.kappa.folds.length, 5);
    assert.ok(
      intervals.accuracy.low < metrics.accuracy.mean + 0.03 && intervals.accuracy.high > metrics.accuracy.mean - 0.03,
    );
  }
  assert.ok(of('learned').metrics.gini.mean > of('rfm').metrics.gini.mean);
  assert.ok(of('learned').metrics.kappa.mean > 0.2);
});

test('the same on one thread, and with rows from the future planted', async () => {
  const planted: Line[] = [
    ...lines,
    { customer: 'c1', day: 401, paid: 9_999_999 },
    { customer: 'later', day: 410, paid: 7 },
  ];
  for (const again of [await made(lines, 400, 1), await made(planted, 400)]) {
    assert.deepEqual(again.report, shop.report);
    assert.deepEqual(again.tiers, shop.tiers);
    await again.compute.close();
  }
});

test('a period that lies ahead of the judged model does not reach it', async () => {
  const plain = lines.map(({ customer, day, paid }) => ({ customer, day, paid: paid * 10 })); // margins are shares of what is paid
  const early = await made(plain, 400);
  const changed = plain.map((line) => (line.day > 400 - HORIZON ? { ...line, paid: line.paid * 3 } : line));
  const other = await made(changed, 400);
  const [one, two] = [early, other].map(({ report }) => report.evaluation.judged!);
  assert.deepEqual(early.report.evaluation.choice, other.report.evaluation.choice);
  assert.equal(one!.trainedCustomers, two!.trainedCustomers);
  // margins three times as large keep their order: what was foretold before that period is the same
  assert.deepEqual(one!.confusion, two!.confusion);
  await early.compute.close();
  await other.compute.close();
});

test('too little history: present tiers stand in, and the report says so', async () => {
  const small = await made(
    ['a', 'b', 'c', 'd', 'e', 'a'].map((customer, i) => ({ customer, day: i, paid: 100 + i })),
    10,
  );
  assert.equal(small.report.evaluation.fallback?.code, 'short-history');
  assert.equal(small.tiers.length, 5);
  assert.ok(small.tiers.every((row) => row.predicted_tier === row.tier && row.predicted_probability === 1));
  const left = await small.compute.rows("select table_name from duckdb_tables() where table_name like 'tiers_tmp%'");
  assert.deepEqual(left, []);
  await small.compute.close();
  const empty = await made([], 10);
  assert.deepEqual([empty.tiers, empty.report.moves], [[], 0]);
  await empty.compute.close();
});

test('the horizon is a quarter of the history, half a year at most', () => {
  assert.deepEqual([365, 366, 545, 2000, 3, 1].map(chooseHorizon), [91, 91, 136, 182, 1, 1]);
});
