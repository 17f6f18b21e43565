// Aim: the past campaigns of a made-up shop, read as experiments, tell effects whose intervals hold the known truth; who was
// held out and used the coupon all the same is found; an altered draw is not read.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { literal, openDuckdb } from '#engines/index.ts';
import { writeShop } from '#simulate/index.ts';
import { parseMetric } from '../metric-spec.ts';
import { type Question, reportOf } from '../report.ts';
import { COVARIATES, hasSurveys } from './outcomes.ts';
import { type PastExperiment, pastExperiments, pastMembers } from './past.ts';

const compute = await openDuckdb({ memoryMb: 500 });
const root = mkdtempSync(join(tmpdir(), 'tierwise-past-'));
after(async () => {
  await compute.close();
  rmSync(root, { recursive: true, force: true });
});
const DAYS = 400;
await writeShop({ seed: 23, customers: 2500, products: 96, days: DAYS, out: root }, compute);
const view = (name: string, sql: string) => compute.run(`create view ${name} as ${sql}`);
await view(
  'customers',
  `select distinct on (customer_id) * from ${literal(join(root, 'customers', '*.parquet'))} order by all`,
);
for (const name of ['exposures', 'redemptions', 'events'])
  await view(name, `from ${literal(join(root, name, '*.parquet'))}`);
for (const name of ['campaigns', 'products']) await view(name, `from ${literal(join(root, `${name}.parquet`))}`);
// planted faults are not this test's matter: one row a line, one a customer
await view(
  'order_lines',
  `select distinct on (order_id, line, product_id) * from ${literal(join(root, 'order_lines', '*.parquet'))} where order_id is not null order by all`,
);
const [{ at } = { at: 0 }] = await compute.rows<{ at: number }>('select max(ends_at) as at from campaigns');
const ASKED = { timeZone: 'Asia/Shanghai', marginShare: 0.45 };
const METRICS: Question['metrics'] = [parseMetric('profit'), parseMetric('bought'), parseMetric('revenue/orders')];
const sharesOf = ({ arms }: PastExperiment) => Object.fromEntries(arms.map(({ name, share }) => [name, share ?? 0]));

test('every past campaign with a holdout is a finished experiment, and the truth lies within its interval', async () => {
  const past = await pastExperiments(compute, at);
  assert.deepEqual(
    past.map(({ id, hasEnded }) => [id, hasEnded]),
    [
      ['K04', true],
      ['K03', true],
      ['K02', true],
      ['K01', true],
    ],
  );
  const truth = await compute.rows<{ id: string; arm: string; customers: number; profit: number }>(
    `select campaign_id as id, arm, customers, true_profit_minor as profit from ${literal(join(root, 'truth/campaign_truth.parquet'))}`,
  );
  let arms = 0;
  for (const experiment of past) {
    const members = await pastMembers(compute, experiment, at, { ...ASKED, metrics: METRICS });
    const question: Question = {
      control: experiment.control,
      metrics: METRICS,
      shares: sharesOf(experiment),
      alpha: 0.01,
    };
    const report = await reportOf(members, { ...question, covariates: [...COVARIATES], by: ['tier'] });
    assert.ok(report.srm.ok && members.contaminated === 0 && report.overTime !== undefined);
    const plain = await reportOf(members, question);
    for (const own of report.arms.slice(1)) {
      const known = truth.find(({ id, arm }) => id === experiment.id && arm === own.arm)!;
      assert.equal(own.n, known.customers);
      const [low, high] = own.differenceInterval!;
      const really = known.profit / known.customers;
      assert.ok(low < really && really < high, `${experiment.id} ${own.arm}: ${really} is not in ${low} to ${high}`);
      arms++;
    }
    const width = ({ arms: [, own] }: typeof report) => own!.differenceInterval![1] - own!.differenceInterval![0];
    assert.ok(width(report) < 1.02 * width(plain), 'covariates cost no precision');
  }
  assert.equal(arms, 5);
});

test('the days add up to the whole window', async () => {
  const [latest] = await pastExperiments(compute, at);
  const metrics: Question['metrics'] = [parseMetric('orders')];
  const members = await pastMembers(compute, latest!, at, { ...ASKED, metrics });
  const { arms, overTime } = await reportOf(members, { control: 'holdout', metrics, shares: sharesOf(latest!) });
  for (const [k, own] of overTime!.days.at(-1)!.arms.entries()) {
    assert.equal(own.n, arms[k]!.n);
    assert.ok(Math.abs(own.mean - arms[k]!.mean) < 1e-12, own.arm);
  }
});

test('a campaign that still runs is not over; one without a draw, or whose end is before its start, is none', async () => {
  const [latest] = await pastExperiments(compute, at);
  const early = await pastExperiments(compute, latest!.startsAt + 1);
  assert.deepEqual([early[0]!.id, early[0]!.hasEnded], ['K04', false]);
  assert.equal((await pastExperiments(compute, latest!.startsAt - 1)).length, 3);
});

test('held-out customers who used the coupon, and customers in two arms, are left out and counted; a skewed draw is not read', async () => {
  const [, , , first] = await pastExperiments(compute, at);
  await compute.run('create table spare as from exposures; create table spent as from redemptions');
  await compute.run(
    'drop view exposures; drop view redemptions; alter table spare rename to exposures; alter table spent rename to redemptions',
  );
  const held = `(select customer_id from exposures where campaign_id = 'K01' and arm = 'holdout' order by 1 limit 9)`;
  await compute.run(
    `insert into redemptions by name select 'Z' || customer_id as redemption_id, customer_id, 'K01' as campaign_id, 'F01' as offer_id,
       ${first!.startsAt + 1000} as redeemed_at, 100 as discount from ${held}`,
  );
  const mixed = await pastMembers(compute, first!, at, { ...ASKED, metrics: METRICS });
  assert.equal(mixed.contaminated, 9);
  await compute.run(`delete from exposures where campaign_id = 'K01' and arm = 'F01' and hash(customer_id) % 2 = 0`);
  const lost = await pastMembers(compute, first!, at, { ...ASKED, metrics: METRICS });
  const { verdict, winner } = await reportOf(lost, { control: 'holdout', metrics: METRICS, shares: sharesOf(first!) });
  assert.deepEqual([verdict.verdict, winner], ['blocked', null]);
  assert.ok(verdict.reasons.some(({ code }) => code === 'SAMPLE_RATIO'));
});

test('a shop without surveys says so; with them, answers are metrics of those who answered', async () => {
  assert.equal(await hasSurveys(compute), false);
  const [latest] = await pastExperiments(compute, at);
  const metrics: Question['metrics'] = [parseMetric('nps'), parseMetric('csat')];
  await compute.run(
    `create table surveys as select customer_id, kind, if(kind = 'nps', hash(customer_id, 'n') % 11, 1 + hash(customer_id, 's') % 5)::integer as score,
       ${latest!.startsAt + 5} as answered_at from (select distinct customer_id from exposures where campaign_id = 'K04'), (values ('nps'), ('csat')) k(kind)
     where hash(customer_id, kind) % 2 = 0`,
  );
  assert.equal(await hasSurveys(compute), true);
  const members = await pastMembers(compute, latest!, at, { ...ASKED, metrics });
  const { arms, metrics: told } = await reportOf(members, { control: 'holdout', metrics, shares: sharesOf(latest!) });
  const [direct] = await compute.rows<{ nps: number; n: number }>(
    `select avg(if(score >= 9, 100, if(score <= 6, -100, 0))) as nps, count(*) as n from surveys join exposures using (customer_id)
     where kind = 'nps' and campaign_id = 'K04' and arm = 'holdout'`,
  );
  assert.equal(arms[0]!.n, direct!.n);
  assert.ok(Math.abs(arms[0]!.mean - direct!.nps) < 1e-9);
  assert.ok(told[1]!.arms[1]!.mean > 0.2 && told[1]!.arms[1]!.mean < 0.6);
});
