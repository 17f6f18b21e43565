// Aim: a plan over real tables: consent, caps and budget hold, history teaches the response, tables are as promised.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Compute, openDuckdb } from '#engines/index.ts';
import { DAY_MS as DAY } from '#kernels/local-time.ts';
import { random } from '#kernels/random.ts';
import { loadTinyShop } from '../events/tiny-shop.ts';
import { planCampaign } from './plan.ts';
import type { PlanOptions } from './prepare.ts';

const AS_OF = Date.parse('2025-06-30T12:00:00Z');
const SIZE = 1200;
const OPTIONS: PlanOptions = {
  campaignId: 'K9',
  name: 'Test',
  condition: { field: 'orders', op: '>', value: 0 },
  offer: { kind: 'coupon', percentOff: 10, contactCostMinor: 5 },
  caps: { daysSinceLastExposure: 30 },
  budgetMinor: 100_000,
  holdoutShare: 0.2,
  asOf: AS_OF,
  horizonDays: 182,
  seed: 3,
  shop: { marginShare: 0.5 },
};

/** Half the people gold. C5, C15, C25 ... refused marketing, C6, C16 ... were never asked. */
async function shop(compute: Compute): Promise<void> {
  await loadTinyShop(compute, {});
  await compute.run(`create table profiles as
    select 'C' || range as customer_id, 3 as orders, 50000 as spend_minor, 20 as recency_days, ['night'] as tags, 'Wuhan' as city,
      case range % 10 when 5 then false when 6 then null else true end as consent_marketing
    from range(${SIZE})`);
  await compute.run(`create table customer_values as
    select customer_id, 6.5::double as expected_orders, 20000::bigint as expected_order_minor, 0.5::double as margin_share,
      60000::bigint as value_minor, 0.9::double as p_alive from profiles`);
  await compute.run(`create table customer_tiers as
    select customer_id, case when substr(customer_id, 2)::integer % 2 = 0 then 'gold' else 'base' end as tier, 0 as tier_index from profiles`);
}

/** A past campaign with a random half: gold people bring 3,000 more margin, others 100 more; coupons cost 200. */
async function history(compute: Compute, start: number): Promise<void> {
  const draw = random(5);
  const values: string[] = [];
  const lines: string[] = [];
  const redeemed: string[] = [];
  for (let i = 0; i < SIZE; i++) {
    const treated = draw.uniform() < 0.5;
    values.push(`('K1', 'C${i}', 'F1', '${treated ? 'offer' : 'holdout'}', 0.5, ${start})`);
    const effect = treated ? (i % 2 === 0 ? 6000 : 200) : 0;
    const paid = Math.round(4000 + 1000 * draw.uniform()) + effect;
    lines.push(`('A${i}', 1, 'C${i}', 'P', ${start - 20 * DAY}, 1, 5000, 'paid', 'CNY')`);
    lines.push(`('B${i}', 1, 'C${i}', 'P', ${start + 3 * DAY}, 1, ${paid}, 'paid', 'CNY')`);
    if (treated) redeemed.push(`('D${i}', 'C${i}', 'K1', ${start + 3 * DAY}, 200)`);
  }
  await compute.run(`insert into campaigns (campaign_id, starts_at) values ('K1', ${start})`);
  await compute.run("insert into offers (offer_id, campaign_id, percent_off) values ('F1', 'K1', 10)");
  await compute.run(
    `insert into exposures (campaign_id, customer_id, offer_id, arm, propensity, shown_at) values ${values.join(', ')}`,
  );
  await compute.run(
    `insert into order_lines (order_id, line, customer_id, product_id, ordered_at, quantity, paid, status, currency) values ${lines.join(', ')}`,
  );
  await compute.run(
    `insert into redemptions (redemption_id, customer_id, campaign_id, redeemed_at, discount) values ${redeemed.join(', ')}`,
  );
  await compute.run(
    `create table tier_history as select customer_id, tier, tier_index, ${start - DAY}::bigint as as_of from customer_tiers`,
  );
}

interface PlanRow {
  customer_id: string;
  arm: string;
  tier: string;
  reason: string;
  expected_profit_minor: number;
  cost_minor: number;
  propensity: number;
  reason_en: string;
  reason_zh: string;
  response: string;
}

const planOf = (compute: Compute) => compute.rows<PlanRow>('from campaign_plan order by customer_id');
const number = (row: PlanRow) => Number(row.customer_id.slice(1));

test('without randomised history the response is an assumption, and says so', async () => {
  const compute = await openDuckdb();
  await shop(compute);
  const { plan } = await planCampaign(compute, OPTIONS);
  assert.equal(plan.response.kind, 'assumption');
  const rows = await planOf(compute);
  assert.equal(rows.length, SIZE);
  const offer = rows.find((row) => row.arm === 'offer')!;
  assert.match(offer.reason_en, /assumed, not yet measured/);
  assert.match(offer.reason_zh, /假设/);
  // 6.5 orders a half year make 1 in 28 days; 10 % off 20,000 brings 0.2 orders more at 8,000 margin less 0.4 * 2,000.
  assert.equal(offer.expected_profit_minor, 1600 - 800 - 5);
  assert.equal(offer.cost_minor, 1200 + 5);
  // One standard deviation of the elasticity is 800 a person.
  assert.ok(plan.interval[0] < 0 && plan.interval[1] > plan.expectedProfitMinor);
  await compute.close();
});

test('consent, holdout, budget and totals', async () => {
  const compute = await openDuckdb();
  await shop(compute);
  const report = await planCampaign(compute, OPTIONS);
  const rows = await planOf(compute);
  const { plan } = report;
  for (const row of rows.filter((each) => number(each) % 10 === 5 || number(each) % 10 === 6))
    assert.deepEqual([row.arm, row.reason, row.cost_minor], ['none', 'no-consent', 0]);
  const offered = rows.filter((row) => row.arm === 'offer');
  assert.equal(plan.eligible, 960);
  assert.equal(plan.offered, offered.length);
  assert.equal(plan.offered, Math.floor(100_000 / 1205));
  assert.equal(
    offered.reduce((sum, row) => sum + row.cost_minor, 0),
    plan.costMinor,
  );
  assert.ok(plan.costMinor <= plan.budgetMinor);
  assert.equal(plan.audience, plan.offered + plan.holdout + plan.none);
  assert.deepEqual(
    plan.byTier.map((tier) => tier.audience),
    [600, 600],
  );
  assert.equal(
    plan.reasons.reduce((sum, reason) => sum + reason.customers, 0),
    SIZE,
  );
  for (const row of offered) assert.equal(row.propensity, 0.8);

  const loose = await planCampaign(compute, { ...OPTIONS, consentUnknown: 'allow', budgetMinor: 1e9 });
  assert.equal(loose.plan.eligible, 1080);
  assert.equal(loose.plan.holdout, 216);
  const again = await planCampaign(compute, OPTIONS);
  assert.deepEqual(again, report);
  assert.deepEqual(await planOf(compute), rows);
  await compute.close();
});

test('the shop’s own random holdout teaches the response, tier by tier', async () => {
  const compute = await openDuckdb();
  await shop(compute);
  await history(compute, AS_OF - 60 * DAY);
  const { plan } = await planCampaign(compute, { ...OPTIONS, budgetMinor: 1e9 });
  assert.ok(plan.response.kind === 'measured');
  assert.equal(plan.response.people, SIZE);
  const rows = await planOf(compute);
  const offered = rows.filter((row) => row.arm === 'offer');
  // Margin share 0.5: gold brings 3,000 and base 100; both more than the contact. Noise of a mean: 144 / sqrt(150).
  for (const [tier, effect] of [
    ['gold', 3000],
    ['base', 100],
  ] as const) {
    const own = offered.filter((row) => row.tier === tier);
    assert.ok(own.length > 300);
    const scale: number = plan.response.scale;
    const found = own[0]!.expected_profit_minor + 5;
    assert.ok(Math.abs(found - effect * scale) < 50 * scale, `${tier}: ${found}`);
    assert.equal(own[0]!.response, `${tier} / 0-28 / no coupons`);
    assert.ok(Math.abs(own[0]!.cost_minor - 5 - 200 * scale) <= 1);
  }
  assert.ok(plan.interval[0] < plan.expectedProfitMinor && plan.expectedProfitMinor < plan.interval[1]);

  const early = await planCampaign(compute, { ...OPTIONS, asOf: AS_OF - 40 * DAY });
  assert.equal(early.plan.response.kind, 'assumption', 'a window that is not over teaches nothing');
  await compute.close();
});

test('who was contacted lately is left alone; caps by tier and in all', async () => {
  const compute = await openDuckdb();
  await shop(compute);
  await history(compute, AS_OF - 29 * DAY);
  await planCampaign(compute, { ...OPTIONS, budgetMinor: 1e9 });
  const arms = await compute.rows<{ n: number }>(
    `select count(*) as n from campaign_plan p join exposures e using (customer_id)
    where e.arm = 'offer' and p.arm <> 'none'`,
  );
  assert.equal(arms[0]!.n, 0);
  const [left] = await compute.rows<{ n: number }>(
    "select count(*) as n from campaign_plan where reason = 'contacted-recently'",
  );
  assert.ok(left!.n > 400);
  const capped = await planCampaign(compute, {
    ...OPTIONS,
    budgetMinor: 1e9,
    caps: { offersMax: 50, perTier: { gold: 20 } },
  });
  assert.equal(capped.plan.offered, 50);
  assert.equal(capped.plan.byTier.find((tier) => tier.tier === 'gold')!.offered, 20);
  await compute.close();
});

test('the state of a customer in their life is a trait; without one it is asked for in vain', async () => {
  const compute = await openDuckdb();
  await shop(compute);
  await compute.run(`create table lifecycle as
    select customer_id, case when substr(customer_id, 2)::integer % 4 = 0 then 'at-risk' else 'active' end as state, 0.25 as chance_to_buy
    from customer_tiers where tier = 'gold'`);
  const audience = async (condition: object) => (await planCampaign(compute, { ...OPTIONS, condition })).plan.audience;
  assert.equal(await audience({ field: 'state', op: 'in', value: ['at-risk', 'lapsed'] }), SIZE / 4);
  assert.equal(await audience({ not: { field: 'state', op: '=', value: 'at-risk' } }), (SIZE * 3) / 4);
  assert.equal(await audience({ field: 'chance_to_buy', op: '>=', value: 0.3 }), 0);
  await compute.close();
});

test('a random part of the customers can be asked for, and nobody at all', async () => {
  const compute = await openDuckdb();
  await shop(compute);
  const part = await planCampaign(compute, { ...OPTIONS, condition: { field: 'random', op: '<', value: 0.25 } });
  // Binomial(1200, 0.25): four standard deviations.
  assert.ok(Math.abs(part.plan.audience - 300) < 60, String(part.plan.audience));
  const nobody = await planCampaign(compute, {
    ...OPTIONS,
    condition: { all: [{ field: 'city', op: '=', value: 'Oslo' }] },
  });
  assert.deepEqual([nobody.plan.audience, nobody.plan.offered, nobody.plan.costMinor], [0, 0, 0]);
  assert.equal((await planOf(compute)).length, 0);
  await compute.close();
});

test('offers, limits and budgets that make no sense are refused by name', async () => {
  const compute = await openDuckdb();
  await shop(compute);
  const refused = (change: Partial<PlanOptions>, message: RegExp) =>
    assert.rejects(planCampaign(compute, { ...OPTIONS, ...change }), { code: 'CAMPAIGN_INVALID', message });
  await refused({ offer: { kind: 'coupon', percentOff: 120 } }, /offer\.percentOff/);
  await refused(
    { offer: { kind: 'coupon', percentOff: 10, amountOffMinor: 5 } },
    /either percentOff or amountOffMinor/,
  );
  await refused({ offer: { kind: 'coupon' } }, /either percentOff or amountOffMinor/);
  await refused({ offer: { kind: 'coupon', percentOff: 10, gift: 'mug' } }, /gift/);
  await refused({ caps: { maxPeople: -1 } }, /caps\.maxPeople/);
  await refused({ budgetMinor: -1 }, /budgetMinor/);
  await refused({ budgetMinor: 0.5 }, /budgetMinor/);
  await refused({ holdoutShare: 1 }, /holdoutShare/);
  await compute.close();
});

test('offers of other kinds: what takes nothing off is not credited with what coupons did, and points cost less than they are worth', async () => {
  const compute = await openDuckdb();
  await shop(compute);
  await history(compute, AS_OF - 60 * DAY);
  const { offer: _, ...options } = OPTIONS;
  const message = { id: 'note', kind: 'message', contactCostMinor: 5 };
  const points = { id: 'points', kind: 'points', points: { percentBack: 10, costShare: 0.5 } };
  const coupon = { id: 'coupon', kind: 'coupon', percentOff: 10 };
  const { plan } = await planCampaign(compute, { ...options, offers: [message, points, coupon], budgetMinor: 1e9 });
  const [note, back, off] = plan.byOffer;
  assert.equal(note!.offered, 0);
  // both take as much off an order, and half of it is not spent
  assert.ok(back!.offered > 0 && off!.offered === 0, `${back!.offered} and ${off!.offered}`);
  const alone = (await planCampaign(compute, { ...options, offers: [message], budgetMinor: 1e9 })).plan;
  assert.deepEqual([alone.offered, alone.costMinor], [0, 0]);
  assert.ok(alone.reasons.some(({ code }) => code === 'no-profit'));
  await compute.close();
});
