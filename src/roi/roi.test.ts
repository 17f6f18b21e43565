// Aim: what campaigns brought equals a plain reckoning person by person, adds up, holds the truth of simulated shops, and says so when nothing can be said.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { created, record } from '#campaigns/index.ts';
import { type Compute, writeParquet } from '#engines/index.ts';
import { DAY_MS } from '#kernels/local-time.ts';
import { paybackOf } from './curve.ts';
import { coverageOf } from './made-up-shop.ts';
import { pooled } from './pooled.ts';
import { type Measured, roiReport } from './report.ts';
import { AS_OF, CONTACT, DAYS, START, type TinyWorld, tinyTables, tinyWorld } from './tiny-campaigns.ts';

const near = (actual: number, expected: number, tolerance: number, what = '') =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what} ${actual}, not ${expected}`);
const SCOPE = { asOf: AS_OF, marginShare: 0.4 };

async function withTables<T>(world: TinyWorld, work: (compute: Compute) => Promise<T>, threads?: number): Promise<T> {
  const compute = await tinyTables(world, threads);
  try {
    return await work(compute);
  } finally {
    await compute.close();
  }
}

interface Person {
  readonly arm: string;
  readonly tier: string;
  readonly margin: number;
  readonly before: readonly number[];
}

/** Everything of a person by loops over the plain rows: an order that came back by now brought nothing. */
function plainly({ people, orders }: TinyWorld): Person[] {
  return people.map(({ arm, tier }, customer) => {
    let [margin, marginBefore, ordersBefore, last] = [0, 0, 0, Number.NEGATIVE_INFINITY];
    for (const order of orders.filter((own) => own.customer === customer)) {
      const isBack = order.backDays !== null && order.at + order.backDays * DAY_MS <= AS_OF;
      const brought = isBack ? 0 : order.paid - order.cost;
      if (order.at >= START && order.at < START + DAYS * DAY_MS) margin += brought;
      if (order.at >= START) continue;
      last = Math.max(last, order.at);
      if (order.at < START - 182 * DAY_MS) continue;
      marginBefore += brought;
      ordersBefore++;
    }
    return {
      arm,
      tier,
      margin,
      before: [marginBefore, ordersBefore, Math.min(366, Math.floor((START - last) / DAY_MS))],
    };
  });
}

/** Least squares by steepest steps on the residuals of one figure after the other: slow, and plainly right. */
function slopes(people: readonly Person[]): number[] {
  const groups = new Map<string, Person[]>();
  for (const one of people) {
    const key = `${one.tier} ${one.arm === 'holdout'}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const mean = (own: readonly number[]) => own.reduce((a, b) => a + b, 0) / own.length;
  const rows = [...groups.values()].flatMap((group) => {
    const y = mean(group.map(({ margin }) => margin));
    const x = [0, 1, 2].map((j) => mean(group.map(({ before }) => before[j]!)));
    return group.map((one) => ({ y: one.margin - y, x: one.before.map((own, j) => own - x[j]!) }));
  });
  const beta = [0, 0, 0];
  for (let round = 0; round < 3000; round++)
    for (const j of [0, 1, 2]) {
      let [top, bottom] = [0, 0];
      for (const { x, y } of rows) {
        const left = y - x.reduce((sum, own, k) => sum + (k === j ? 0 : own * beta[k]!), 0);
        top += left * x[j]!;
        bottom += x[j]! ** 2;
      }
      beta[j] = top / bottom;
    }
  return beta;
}

test('the incremental margin is that of a reckoning person by person, and so is its error', async () => {
  const world = tinyWorld(1, 700);
  const people = plainly(world);
  const beta = slopes(people);
  const free = people.map((one) => ({ ...one, y: one.margin - one.before.reduce((s, x, j) => s + x * beta[j]!, 0) }));
  let [total, variance] = [0, 0];
  for (const tier of ['base', 'gold']) {
    const side = (held: boolean) =>
      free.filter((one) => one.tier === tier && (one.arm === 'holdout') === held).map(({ y }) => y);
    const moments = (y: readonly number[]) => {
      const mean = y.reduce((a, b) => a + b, 0) / y.length;
      return { n: y.length, mean, squares: y.reduce((s, own) => s + (own - mean) ** 2, 0) };
    };
    const [one, other] = [moments(side(false)), moments(side(true))];
    total += one.n * (one.mean - other.mean);
    const common = (one.squares + other.squares) / (one.n + other.n - 2);
    variance += one.n ** 2 * common * (1 / one.n + 1 / other.n);
  }
  await withTables(world, async (compute) => {
    const { campaigns } = await roiReport(compute, SCOPE);
    const [campaign] = campaigns;
    const treated = people.filter(({ arm }) => arm !== 'holdout').length;
    // coordinate steps come to within 1e-9 of the solution
    near(campaign!.margin!.total, total, 1e-6 * Math.abs(total), 'margin');
    near(campaign!.margin!.standardError, Math.sqrt(variance), 1e-6 * Math.sqrt(variance), 'error');
    near(campaign!.profit!.total, campaign!.margin!.total - CONTACT * treated, 1e-6);
    assert.deepEqual([campaign!.treated, campaign!.held], [treated, people.length - treated]);
    assert.equal(campaign!.cost.contactMinor, CONTACT * treated);
    assert.equal(campaign!.checks.sampleRatio?.ok, true);
    // the last day of the curve is the campaign's own profit
    near(campaign!.curve.at(-1)!.total, campaign!.profit!.total, 1e-6);
    near(campaign!.curve.at(-1)!.low, campaign!.profit!.low, 1e-6 * Math.abs(campaign!.profit!.low));
  });
});

test('tiers and offers add up to the campaign, campaigns to the whole', async () => {
  await withTables(tinyWorld(2, 900), async (compute) => {
    const { campaigns, total, byTier, byOffer } = await roiReport(compute, SCOPE);
    const [campaign] = campaigns;
    const sum = (rows: readonly Measured[], of: (row: Measured) => number) =>
      rows.reduce((all, row) => all + of(row), 0);
    const figures: ((row: Measured) => number)[] = [
      (row) => row.profit!.total,
      (row) => row.revenue!.total,
      (row) => row.orders!.total,
      (row) => row.cost.totalMinor,
      (row) => row.attributed.revenueMinor,
    ];
    for (const of of figures) {
      const whole = of(campaign!);
      const close = 1e-9 * Math.abs(whole) + 1e-6;
      near(sum(campaign!.byTier, of), whole, close);
      near(sum(campaign!.byOffer, of), whole, close);
      near(of(total), whole, close);
      near(sum(byTier, of), whole, close);
      near(sum(byOffer, of), whole, close);
    }
    assert.ok(campaign!.byOffer[1]!.orders!.low > 0, 'the second offer brings orders');
  });
});

test('last touch: the latest click within its days, else the latest message seen within its own', async () => {
  const world = tinyWorld(3, 300);
  for (const windows of [
    { clickDays: 7, viewDays: 1 },
    { clickDays: 0, viewDays: 0 },
    { clickDays: 3, viewDays: 5 },
  ]) {
    let [orders, revenue] = [0, 0];
    for (const order of world.orders) {
      const { arm } = world.people[order.customer]!;
      if (arm === 'holdout' || order.at > AS_OF) continue;
      const clicked = order.customer % 3 === 0 ? START + 3_600_000 : Number.POSITIVE_INFINITY;
      const within = (at: number, days: number) => order.at >= at && order.at < at + days * DAY_MS;
      if (!within(clicked, windows.clickDays) && !within(START, windows.viewDays)) continue;
      orders++;
      if (order.backDays === null || order.at + order.backDays * DAY_MS > AS_OF) revenue += order.paid;
    }
    await withTables(world, async (compute) => {
      const { total } = await roiReport(compute, { ...SCOPE, attribution: windows });
      assert.deepEqual([total.attributed.orders, total.attributed.revenueMinor], [orders, revenue]);
    });
  }
});

test('nothing is claimed where nothing can be known', async () => {
  const world = tinyWorld(4, 200);
  const report = (change: string) =>
    withTables(world, async (compute) => {
      await compute.run(change);
      return roiReport(compute, SCOPE);
    });
  const none = await report("delete from exposures where arm = 'holdout'");
  assert.equal(none.campaigns[0]!.verdict, 'unmeasured');
  assert.deepEqual([none.campaigns[0]!.profit, none.campaigns[0]!.payback, none.total.profit], [null, null, null]);
  assert.ok(none.campaigns[0]!.attributed.profitMinor > 0, 'attribution claims all the same');
  const few = await report(
    "delete from exposures where arm = 'holdout' and customer_id not in ('C1', 'C2', 'C3', 'C4', 'C5')",
  );
  assert.ok(few.campaigns[0]!.held <= 5 && few.campaigns[0]!.verdict !== 'paid' && few.campaigns[0]!.profit === null);
  const nobody = await report('delete from exposures');
  assert.deepEqual([nobody.campaigns, nobody.total.profit, nobody.advice.kind], [[], null, 'unknown']);
  const early = await withTables(world, (compute) => roiReport(compute, { ...SCOPE, asOf: START - 1 }));
  assert.deepEqual(early.campaigns, []);
  const free = await report('update exposures set cost = 0; delete from redemptions');
  assert.deepEqual([free.campaigns[0]!.cost.totalMinor, free.campaigns[0]!.roi], [0, null]);
  const broken = await report("delete from exposures where arm = 'holdout' and hash(customer_id) % 2 = 0");
  assert.equal(broken.campaigns[0]!.checks.sampleRatio?.ok, false);
  assert.deepEqual([broken.campaigns[0]!.verdict, broken.total.verdict], ['broken', 'broken']);
  const unsaid = await report('update exposures set propensity = null');
  assert.equal(unsaid.campaigns[0]!.checks.sampleRatio, null);
  for (const each of [none, few, nobody, early, free, broken, unsaid])
    JSON.stringify(each, (key, value) => {
      assert.ok(typeof value !== 'number' || Number.isFinite(value), key);
      return value;
    });
});

test('held-out people who were reached after all are counted', async () => {
  await withTables(tinyWorld(5, 200), async (compute) => {
    await compute.run(
      `insert into campaigns by name select 'L' as campaign_id, ${START + 5 * DAY_MS} as starts_at, ${START + 40 * DAY_MS} as ends_at;
       insert into exposures by name select 'L' as campaign_id, customer_id, 'G' as offer_id, 'G' as arm, 1.0 as propensity, ${START + 5 * DAY_MS} as shown_at
         from (from exposures where arm = 'holdout' order by customer_id limit 7);
       insert into redemptions by name select 'Z' || customer_id as redemption_id, customer_id, 'K' as campaign_id, ${START} as redeemed_at, 10 as discount
         from (from exposures where arm = 'holdout' order by customer_id limit 3)`,
    );
    const { campaigns } = await roiReport(compute, SCOPE);
    const campaign = campaigns.find(({ campaignId }) => campaignId === 'K')!;
    assert.deepEqual([campaign.checks.heldInOther, campaign.checks.heldWithCoupon], [7, 3]);
  });
});

test('campaigns run in the workspace are measured by their plan: as those of the lake, by offer too', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tierwise-roi-'));
  try {
    await withTables(tinyWorld(8, 900), async (compute) => {
      const { campaigns } = await roiReport(compute, SCOPE);
      const plan = { holdoutShare: 0.3, windowDays: DAYS, offers: [] as unknown[] };
      for (const id of ['F1', 'F2']) plan.offers.push({ id, offer: { kind: 'coupon', contactCostMinor: CONTACT } });
      const fields = {
        campaignId: 'k',
        name: 'Own',
        createdAt: START,
        startAt: START,
        endAt: null,
        priority: 0,
        exclusive: false,
      };
      const rest = {
        asked: null,
        plan,
        planFile: 'plan.parquet',
        reserved: null,
        handed: { at: START, messages: 1, refused: 0 },
      };
      const { campaign, change } = created({ ...fields, ...rest }, { actor: 'a', at: START });
      record(dir, { campaign: { ...campaign, status: 'running' }, change });
      await writeParquet(
        compute,
        `select customer_id, if(arm = 'holdout', 'holdout', 'offer') as arm, case when arm <> 'holdout' then arm
           when hash(customer_id) % 7 < 4 then 'F1' else 'F2' end as offer_id from exposures order by 1`,
        join(dir, 'campaigns', 'k', 'plan.parquet'),
      );
      const both = await roiReport(compute, { ...SCOPE, workspaceDir: dir });
      const own = both.campaigns.find(({ campaignId }) => campaignId === 'k')!;
      const lake = campaigns[0]!;
      assert.deepEqual([own.treated, own.held, own.name], [lake.treated, lake.held, 'Own']);
      assert.deepEqual(
        [own.cost.contactMinor, own.startAt, own.until],
        [lake.cost.contactMinor, lake.startAt, lake.until],
      );
      // held-out people are compared with those who got what they were meant for: other strata, the same truth
      near(own.profit!.total, lake.profit!.total, 2 * lake.profit!.standardError);
      // small strata are put together differently for one offer and for all
      const byOffer = own.byOffer.reduce((sum, row) => sum + row.profit!.total, 0);
      near(byOffer, own.profit!.total, own.profit!.standardError);
      assert.equal(own.checks.sampleRatio?.ok, true);
      assert.equal(own.checks.heldInOther, 0, 'the same people are held out in the campaign of the lake');
      await compute.run("update exposures set campaign_id = 'k'; update campaigns set campaign_id = 'k'");
      const once = await roiReport(compute, { ...SCOPE, workspaceDir: dir });
      assert.deepEqual(
        once.campaigns.map(({ name }) => name),
        ['Tiny'],
        'of one that is in both the lake’s contacts count',
      );
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('a global holdout tells what all campaigns brought, and whether it still is like the rest', async () => {
  const world = tinyWorld(6, 900);
  await withTables(world, async (compute) => {
    await compute.run(`update exposures set arm = 'global-holdout' where arm = 'holdout'`);
    const { globalHoldout, campaigns } = await roiReport(compute, SCOPE);
    assert.equal(globalHoldout!.people, world.people.filter(({ arm }) => arm === 'holdout').length);
    assert.ok(globalHoldout!.drift.ok && globalHoldout!.profit !== null);
    assert.equal(campaigns[0]!.verdict, 'unmeasured', 'who is left out of everything is no campaign’s own holdout');
    await compute.run(
      `update exposures set arm = 'F1', offer_id = 'F1' where arm = 'global-holdout' and customer_id in
         (select customer_id from order_lines where ordered_at < ${START} group by 1 having count(*) > 3)`,
    );
    assert.equal((await roiReport(compute, SCOPE)).globalHoldout!.drift.ok, false);
  });
});

test('the same on one thread and on four', async () => {
  const world = tinyWorld(7, 600);
  const [one, four] = await Promise.all(
    [1, 4].map((threads) => withTables(world, (compute) => roiReport(compute, SCOPE), threads)),
  );
  assert.deepEqual(one, four);
});

test('effects of campaigns are pooled as in the closed form of equal errors', () => {
  // equal errors: the mean is plain, the spread is what the variance has beyond the error, the interval Student's on the means
  const effects = [10, 30, 20, 60].map((effect) => ({ effect, standardError: 5 }));
  const all = pooled(effects)!;
  const variance = (20 ** 2 + 0 + 10 ** 2 + 30 ** 2) / 3;
  near(all.mean, 30, 1e-9);
  near(all.between, Math.sqrt(variance - 25), 1e-6);
  near(all.high - all.mean, 3.182446305284263 * Math.sqrt(variance / 4), 1e-6);
  near(all.next![1] - all.mean, 4.302652729911275 * Math.sqrt(variance - 25 + variance / 4), 1e-5);
  assert.equal(pooled(effects.slice(0, 1)), undefined);
  assert.equal(pooled(effects.slice(0, 2))!.next, null);
  const alike = pooled([10, 10.1, 9.9].map((effect) => ({ effect, standardError: 5 })))!;
  assert.deepEqual([alike.between, alike.sameChance > 0.99], [0, true]);
  near(alike.high - alike.mean, 4.302652729911275 * (5 / Math.sqrt(3)), 1e-6);
});

test('payback is the day from which the cost stays covered', () => {
  const day = (k: number, total: number) => ({
    ...{ day: k, total, low: total - 10, high: total + 10, treatedMinor: 0, heldMinor: 0 },
  });
  assert.deepEqual(paybackOf([-20, 1, -5, 3, 12].map((total, k) => day(k, total))), { days: 4, interval: [2, 5] });
  assert.deepEqual(paybackOf([-20, -30].map((total, k) => day(k, total))), { days: null, interval: [null, null] });
});

test('on made-up shops intervals hold the truth, and attribution claims more than it', async () => {
  const { held, asked, attributedMinor, trueMinor } = await coverageOf([901, 902, 903], 3000);
  // four standard errors below 95 % is no accident; the full count is in bench/roi.bench.ts
  assert.ok(held >= asked * 0.95 - 4 * Math.sqrt(asked * 0.95 * 0.05), `${held} of ${asked}`);
  assert.ok(attributedMinor > trueMinor && attributedMinor > 0, `attributed ${attributedMinor}, true ${trueMinor}`);
});
